#include "tests/simulator/subscription_parts.hpp"

#include "tests/simulator/guid.hpp"
#include "tests/simulator/wire.hpp"
#include "tests/simulator/words.hpp"

#include <charconv>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

std::string moment_text(Draw& draw, int year) {
    return spell_moment(
        {day(year, 1, 1).ticks +
         static_cast<std::int64_t>(draw.below(365ULL * 864'000'000'000ULL))},
        7,
        0,
        "Z"
    );
}

} // namespace

std::string friendly_name(Draw& draw, std::string_view offer_name) {
    switch (draw.below(8)) {
    case 0:
        return std::string(draw.pick(odd_words));
    case 1:
        return fmt::format("{} ", offer_name);
    case 2:
        // A value that happens to be a GUID as a whole.
        return draw.one_in(4) ? guid_from(draw.next()) : std::string(offer_name);
    default:
        return fmt::format("{} seats {}", offer_name, draw.below(1000));
    }
}

std::string modern_order_id(Draw& draw) {
    if (draw.one_in(2))
        return fmt::format("{:012x}", draw.next() >> 16U);
    return fmt::format("{}-ErcO-4MPbPqq_{}MIQaS7bn8W6HfG1", draw.below(10), draw.below(100'000));
}

Json refundable_quantity(Draw& draw) {
    const std::uint64_t quantity = 1 + draw.below(100);
    return {fmt::format(
        R"({{"totalQuantity":{0},"details":[{{"quantity":{0},"allowedUntilDateTime":"{1}"}}]}})",
        quantity,
        moment_text(draw, 2024)
    )};
}

Jsons refund_options(Draw& draw) {
    Jsons options;
    // Sorted by type they are sorted by time, too, so that every way to sort them agrees.
    if (draw.one_in(2))
        options.members.push_back(
            fmt::format(R"({{"type":"Full","expiresAt":"{}"}})", moment_text(draw, 2023))
        );
    if (draw.one_in(2))
        options.members.push_back(
            fmt::format(R"({{"type":"Partial","expiresAt":"{}"}})", moment_text(draw, 2024))
        );
    return options;
}

Json next_term(Draw& draw, std::string_view product) {
    return {fmt::format(
        R"({{"product":{{"productId":"{}","skuId":"0001","availabilityId":"CFQ7TTC0K{:03X}","billingCycle":"monthly","termDuration":"P1Y"}},"quantity":{}}})",
        product,
        draw.below(0x1000),
        1 + draw.below(500)
    )};
}

std::vector<Unknown> unknown_subscription_members(Draw& draw) {
    std::vector<Unknown> unknown;
    if (draw.one_in(3))
        unknown.push_back(
            {"",
             "participants",
             fmt::format(
                 R"([{{"key":"{}","value":"transaction_reseller"}}])", guid_from(draw.next())
             )}
        );
    if (draw.one_in(4))
        unknown.push_back(
            {"", "listPrice", fmt::format("{}.{:02}0", draw.below(10'000), draw.below(100))}
        );
    if (draw.one_in(8))
        unknown.push_back(
            {"",
             "upgrade",
             fmt::format(
                 R"({{"target":{{"id":"{}","ready":false}},"weights":[3,1,2]}})",
                 guid_from(draw.next())
             )}
        );
    if (draw.one_in(10))
        unknown.push_back({"attributes", "tier", R"("gold")"});
    return unknown;
}

std::string etag_of(std::string_view id, std::uint64_t version) {
    return base64(fmt::format(R"({{"id":"{}","version":{}}})", id, version));
}

std::uint64_t version_of_etag(std::string_view etag) {
    const std::string text = read_base64(etag).value_or("");
    constexpr std::string_view mark = R"("version":)";
    std::uint64_t version = 0;
    if (const std::size_t at = text.find(mark); at != std::string::npos)
        std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), version);
    return version;
}

} // namespace pcmirror::simulator
