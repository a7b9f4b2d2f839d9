#include "tests/simulator/draw.hpp"
#include "tests/simulator/subscription_parts.hpp"
#include "tests/simulator/subscriptions.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

struct Mutation {
    std::string_view member;
    void (*change)(Value& value, Draw& draw);
};

void change_end(Value& value, Draw& draw) {
    value =
        Moment{day(2024, 1, 1).ticks + static_cast<std::int64_t>(draw.below(900)) * ticks_per_day};
    if (draw.one_in(6))
        value = end_of_time;
    if (draw.one_in(8))
        value = {};
}

// What may change about a subscription, and to what.
constexpr Mutation mutations[] = {
    {"friendlyName", [](Value& value, Draw& draw) { value = friendly_name(draw, "Renamed"); }},
    {"quantity",
     [](Value& value, Draw& draw) { value = static_cast<std::int64_t>(1 + draw.below(1000)); }},
    {"autoRenewEnabled",
     [](Value& value, Draw&) {
         value = !(std::holds_alternative<bool>(value) && std::get<bool>(value));
     }},
    {"status",
     [](Value& value, Draw& draw) {
         value = std::string(draw.pick(std::span(subscription_statuses)));
     }},
    {"commitmentEndDate", change_end},
    {"partnerId",
     [](Value& value, Draw& draw) {
         if (draw.one_in(2))
             value = {};
         else
             value = fmt::format("{}", 1'000'000 + draw.below(9'000'000));
     }},
    {"suspensionReasons",
     [](Value& value, Draw& draw) {
         value = Texts{};
         for (const char* reason : {"billing", "fraud", "inactivity"})
             if (draw.one_in(2))
                 std::get<Texts>(value).members.emplace_back(reason);
     }},
    {"scheduledNextTermInstructions",
     [](Value& value, Draw& draw) {
         if (draw.one_in(3))
             value = {};
         else
             value = next_term(draw, "CFQ7TTC0LH16");
     }},
    {"refundableQuantity", [](Value& value, Draw& draw) { value = refundable_quantity(draw); }},
    {"refundOptions", [](Value& value, Draw& draw) { value = refund_options(draw); }},
};

} // namespace

std::string modify_subscription(Item& item, std::uint64_t random) {
    Draw draw(random);
    std::string changed;
    const std::uint64_t count = 1 + draw.below(3);
    for (std::uint64_t k = 0; k < count; ++k) {
        const Mutation& mutation = draw.pick(std::span(mutations));
        for (std::size_t member = 0; member < std::size(subscription_fields); ++member)
            if (subscription_fields[member].member == mutation.member)
                mutation.change(item.values[member], draw);
        changed += changed.empty() ? "" : " ";
        changed += mutation.member;
    }
    if (draw.one_in(5)) {
        item.unknown = unknown_subscription_members(draw);
        changed += " unknown_members";
    }
    renew_etag(item);
    return changed;
}

} // namespace pcmirror::simulator
