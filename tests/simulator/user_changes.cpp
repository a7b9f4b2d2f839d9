#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/users.hpp"
#include "tests/simulator/words.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

struct Mutation {
    std::string_view member;
    void (*change)(Value& value, Draw& draw);
};

void change_name(Value& value, Draw& draw) {
    const bool odd = draw.one_in(4);
    value = odd ? std::string(draw.pick(odd_words)) : std::string(draw.pick(last_names).name);
    if (draw.one_in(8))
        value = {};
}

// What may change about a user, and to what.
constexpr Mutation mutations[] = {
    {"displayName", change_name},
    {"firstName", change_name},
    {"lastName", change_name},
    {"userPrincipalName",
     [](Value& value, Draw& draw) {
         value =
             fmt::format("{}{}@example.com", draw.pick(last_names).sign_in, draw.below(1'000'000));
     }},
    {"usageLocation",
     [](Value& value, Draw& draw) { value = std::string(draw.one_in(2) ? "PL" : "CA"); }},
    {"userDomainType",
     [](Value& value, Draw& draw) {
         value = std::string(draw.pick(std::span(user_domain_types)));
     }},
    {"lastDirectorySyncTime",
     [](Value& value, Draw& draw) {
         value = Moment{
             day(2025, 1, 1).ticks +
             static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(ticks_per_day)))};
         if (draw.one_in(6))
             value = {};
     }},
    {"phoneNumber",
     [](Value& value, Draw& draw) { value = fmt::format("+1 {}", draw.below(10'000'000)); }},
};

} // namespace

std::string modify_user(Item& item, std::uint64_t random) {
    Draw draw(random);
    std::string changed;
    const std::uint64_t count = 1 + draw.below(3);
    for (std::uint64_t k = 0; k < count; ++k) {
        const Mutation& mutation = draw.pick(std::span(mutations));
        for (std::size_t member = 0; member < std::size(user_fields); ++member)
            if (user_fields[member].member == mutation.member)
                mutation.change(item.values[member], draw);
        changed += changed.empty() ? "" : " ";
        changed += mutation.member;
    }
    if (draw.one_in(5)) {
        item.unknown = unknown_user_members(draw);
        changed += " unknown_members";
    }
    return changed;
}

std::vector<Unknown> unknown_user_members(Draw& draw) {
    std::vector<Unknown> unknown;
    if (draw.one_in(12))
        unknown.push_back({"", "costCentre", R"({"code":"\u00d67","share":0.50})"});
    if (draw.one_in(16))
        unknown.push_back({"", "managerId", fmt::format("\"{}\"", guid_from(draw.next()))});
    if (draw.one_in(20))
        unknown.push_back({"attributes", "origin", R"("hybrid")"});
    return unknown;
}

} // namespace pcmirror::simulator
