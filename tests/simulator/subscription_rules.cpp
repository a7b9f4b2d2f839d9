#include "tests/simulator/subscription_rules.hpp"

#include "tests/simulator/body.hpp"
#include "tests/simulator/refused.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/subscriptions.hpp"

#include <algorithm>
#include <cctype>

namespace pcmirror::simulator {

namespace {

using Wish = nlohmann::json;

consteval std::size_t at(std::string_view member) {
    return position(subscription_fields, member);
}

constexpr std::int64_t largest_quantity = 1'000'000;

bool flag(const Item& item, std::size_t member) {
    const auto* value = std::get_if<bool>(&item.values[member]);
    return value && *value;
}

std::int64_t quantity(const Item& item) {
    const auto* value = std::get_if<std::int64_t>(&item.values[at("quantity")]);
    return value ? *value : 0;
}

bool is_usage_based(const Item& item) {
    return text_of(item, at("billingType")) == "usage";
}

// Members that a client can change. Null resets like absence; where nothing is reset, it stays.
struct Writable {
    std::size_t member;
    bool is_reset;
};

constexpr Writable writable[] = {
    {at("friendlyName"), false},
    {at("quantity"), false},
    {at("status"), false},
    {at("autoRenewEnabled"), true},
    {at("billingCycle"), false},
    {at("partnerId"), false},
    {at("scheduledNextTermInstructions"), true},
};

// Two texts of JSON may mean the same.
bool means(const Value& value, const Wish& wish) {
    const auto* json = std::get_if<Json>(&value);
    return json && Wish::parse(json->text) == wish;
}

void take(Item& item, const Writable& member, const Wish* value, bool resets) {
    const Field& field = subscription_fields[member.member];
    if (!value) {
        if (resets && member.is_reset)
            item.values[member.member] = field.kind == Kind::boolean ? Value(false) : Value();
        return;
    }
    if (field.kind == Kind::integer && !value->is_number_integer())
        refuse_member(field.member, "it must be a whole number");
    Item wished = item;
    set_member(wished, subscription_fields, std::string(field.member), *value);
    const auto* json = std::get_if<Json>(&wished.values[member.member]);
    if (!json || !means(item.values[member.member], Wish::parse(json->text)))
        item.values[member.member] = wished.values[member.member];
}

// What nobody has described belongs to the resource, too.
void drop_unknown(Item& item, const Wish& body) {
    std::erase_if(item.unknown, [&](const Unknown& each) {
        return each.parent.empty() && !body.contains(each.name);
    });
}

bool is_over(const Value& until) {
    const auto* moment = std::get_if<Moment>(&until);
    return !moment || moment->ticks < now().ticks;
}

void check_status(const Item& before, const Item& after) {
    const std::string_view from = text_of(before, at("status"));
    const std::string_view to = text_of(after, at("status"));
    if (from == to)
        return;
    if (to == "deleted") {
        if (is_legacy(before))
            throw Refused(problems::fixed_status);
        if (is_over(before.values[at("cancellationAllowedUntilDate")]))
            throw Refused(problems::cancelled_too_late);
        return;
    }
    const bool known =
        (from == "active" && to == "suspended") || (from == "suspended" && to == "active");
    if (!known)
        throw Refused(problems::bad_transition);
    if (!is_legacy(before))
        throw Refused(problems::fixed_status);
}

void check_quantity(const Item& before, const Item& after) {
    if (quantity(before) == quantity(after))
        return;
    if (is_usage_based(before))
        throw Refused(problems::fixed_quantity);
    if (text_of(before, at("status")) == "suspended")
        throw Refused(problems::quantity_while_suspended);
    if (quantity(after) < 1 || quantity(after) > largest_quantity)
        throw Refused(problems::bad_quantity);
    // Seats can be given back as long as everything can.
    if (!is_legacy(before) && quantity(after) < quantity(before) &&
        is_over(before.values[at("cancellationAllowedUntilDate")]))
        throw Refused(problems::no_decrease);
}

void check_billing_cycle(const Item& before, const Item& after) {
    const std::string_view cycle = text_of(after, at("billingCycle"));
    if (cycle == text_of(before, at("billingCycle")))
        return;
    if (is_legacy(before))
        throw Refused(problems::billing_cycle_of_order);
    if (cycle != "monthly" && cycle != "annual" && cycle != "triennial" && cycle != "biennial")
        throw Refused(problems::fixed_billing_cycle);
}

void check_renewal(const Item& before, const Item& after) {
    const std::size_t renews = at("autoRenewEnabled");
    const std::size_t schedule = at("scheduledNextTermInstructions");
    if (flag(after, renews) && !flag(before, renews) && is_usage_based(before))
        throw Refused(problems::not_renewable);
    if (after.values[schedule] == before.values[schedule] ||
        std::holds_alternative<std::monostate>(after.values[schedule]))
        return;
    if (is_legacy(before))
        throw Refused(problems::no_scheduled_changes);
    if (!flag(after, renews))
        throw Refused(problems::not_renewable);
}

void check_partner(const Item& before, const Item& after) {
    const std::string_view partner = text_of(after, at("partnerId"));
    if (partner != text_of(before, at("partnerId")) &&
        !std::all_of(partner.begin(), partner.end(), [](unsigned char digit) {
            return std::isdigit(digit) != 0;
        }))
        throw Refused(problems::bad_partner);
}

// What was planned for the renewal is given up by a change of now.
void drop_outdated_schedule(const Item& before, Item& after) {
    Value& schedule = after.values[at("scheduledNextTermInstructions")];
    constexpr std::size_t immediate[] = {at("quantity"), at("status"), at("billingCycle")};
    const bool is_changed =
        std::any_of(std::begin(immediate), std::end(immediate), [&](std::size_t member) {
            return before.values[member] != after.values[member];
        });
    const bool is_planned_now = schedule != before.values[at("scheduledNextTermInstructions")];
    if ((is_changed && !is_planned_now) || !flag(after, at("autoRenewEnabled")))
        schedule = {};
}

} // namespace

bool is_legacy(const Item& subscription) {
    return !text_of(subscription, at("attributes/etag")).empty();
}

Item changed_subscription(const Item& before, const nlohmann::json& body, bool resets) {
    if (text_of(before, at("status")) == "deleted")
        throw Refused(problems::deleted_subscription);
    Item after = before;
    for (const Writable& member : writable)
        take(after, member, find_member(body, subscription_fields[member.member].member), resets);
    if (resets)
        drop_unknown(after, body);
    check_status(before, after);
    check_quantity(before, after);
    check_billing_cycle(before, after);
    check_renewal(before, after);
    check_partner(before, after);
    if (after != before)
        drop_outdated_schedule(before, after);
    return after;
}

} // namespace pcmirror::simulator
