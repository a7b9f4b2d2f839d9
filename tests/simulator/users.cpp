#include "tests/simulator/users.hpp"

#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/wire.hpp"
#include "tests/simulator/words.hpp"

#include <array>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

consteval std::size_t at(std::string_view member) {
    return position(user_fields, member);
}

constexpr std::array<std::string_view, 6> locations = {"FR", "US", "DE", "JP", "BR", "CH"};

// Ordinary names are put together by hand: a page holds hundreds of them.
std::string joined(std::string_view first, std::string_view between, std::string_view last) {
    std::string text;
    text.reserve(first.size() + between.size() + last.size());
    text += first;
    text += between;
    text += last;
    return text;
}

void fill_names(Item& item, Draw& draw, std::uint32_t customer, std::uint32_t index) {
    const Person& first = draw.pick(first_names);
    const Person& last = draw.pick(last_names);
    item.values[at("userPrincipalName")] = fmt::format(
        FMT_STRING("{}.{}{}@customer{}.example.com"), first.sign_in, last.sign_in, index, customer
    );
    if (draw.one_in(10)) {
        item.values[at("displayName")] = std::string(draw.pick(odd_words));
        return;
    }
    item.values[at("firstName")] = std::string(first.name);
    item.values[at("lastName")] = std::string(last.name);
    item.values[at("displayName")] =
        draw.one_in(8) ? joined(last.name, ", ", first.name) : joined(first.name, " ", last.name);
}

Moment moment_in(Draw& draw, int year) {
    const auto within = static_cast<std::uint64_t>(365 * ticks_per_day);
    return {day(year, 1, 1).ticks + static_cast<std::int64_t>(draw.below(within))};
}

} // namespace

std::uint64_t user_key(std::uint64_t seed, std::uint32_t customer) {
    return mix(seed, 0x05e2, customer);
}

std::string user_id(std::uint64_t seed, std::uint32_t customer, std::uint32_t index) {
    return guid_of(user_key(seed, customer), index);
}

UserNature::UserNature(std::uint64_t user_key, std::uint32_t index)
    : bits_(mix(user_key ^ (std::uint64_t{index} << 20U))) {}

Item make_user(std::uint64_t seed, std::uint32_t customer, std::uint32_t index) {
    const std::uint64_t key = user_key(seed, customer);
    Draw draw(mix(key, 2, index));
    Item item;
    item.values.resize(std::size(user_fields));
    item.values[at("id")] = guid_of(key, index);
    fill_names(item, draw, customer, index);
    if (UserNature(key, index).has_location())
        item.values[at("usageLocation")] = std::string(draw.pick(locations));
    item.values[at("userDomainType")] =
        std::string(draw.one_in(6) ? draw.pick(std::span(user_domain_types)) : "none");
    if (draw.one_in(4)) {
        item.values[at("lastDirectorySyncTime")] = moment_in(draw, 2023);
        if (draw.one_in(2))
            item.values[at("immutableId")] = base64(guid_from(draw.next()).substr(0, 16));
    }
    if (draw.one_in(12))
        item.values[at("phoneNumber")] = fmt::format("+33 {}", 100'000'000 + draw.below(1 << 28U));
    item.unknown = unknown_user_members(draw);
    return item;
}

void mark_deleted(Item& item, Moment when) {
    item.values[at("state")] = std::string("inactive");
    item.values[at("softDeletionTime")] = when;
}

void mark_active(Item& item) {
    item.values[at("state")] = std::string("active");
    item.values[at("softDeletionTime")] = {};
}

Moment deletion_as_made(std::uint64_t seed, std::uint32_t customer, std::uint32_t index) {
    Draw draw(mix(user_key(seed, customer), 3, index));
    return moment_in(draw, 2024);
}

Frame user_frame(const std::string& customer_id, const std::string& user_id, bool with_details) {
    Frame frame{.object_type = "CustomerUser"};
    frame.self = fmt::format(FMT_STRING("/customers/{}/users/{}"), customer_id, user_id);
    frame.shown = with_details ? Shown::in_detail : Shown::always;
    return frame;
}

} // namespace pcmirror::simulator
