#include "tests/simulator/random_changes.hpp"
#include "tests/simulator/change.hpp"
#include "tests/simulator/customers.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pcmirror::simulator {

// An existing customer, or a removed one; nothing if luck finds none.
std::optional<std::uint32_t> some_customer(const Edit& edit, Draw& draw, bool existing) {
    constexpr int tries = 200;
    if (edit.customer_slots() == 0)
        return {};
    for (int k = 0; k < tries; ++k) {
        const auto index = static_cast<std::uint32_t>(draw.below(edit.customer_slots()));
        if (edit.customer(index).exists == existing)
            return index;
    }
    return {};
}

namespace {

std::optional<std::pair<std::uint32_t, std::uint32_t>>
some_subscription(const Edit& edit, Draw& draw) {
    constexpr int tries = 200;
    for (int k = 0; k < tries; ++k) {
        const auto customer = some_customer(edit, draw);
        if (!customer)
            return {};
        const CustomerState owner = edit.customer(*customer);
        if (owner.end == owner.first)
            continue;
        const auto index =
            owner.first + static_cast<std::uint32_t>(draw.below(owner.end - owner.first));
        if (edit.subscription(*customer, index).exists)
            return std::pair(*customer, index);
    }
    return {};
}

Wish modify_some(Edit& edit, Draw& draw) {
    const auto found = some_subscription(edit, draw);
    return found ? modify_subscription(edit, found->first, found->second, draw.next()) : Wish();
}

Wish add_some(Edit& edit, Draw& draw) {
    const auto customer = some_customer(edit, draw);
    return customer
               ? add_subscriptions(edit, *customer, 1 + static_cast<std::uint32_t>(draw.below(3)))
               : Wish();
}

Wish remove_some(Edit& edit, Draw& draw) {
    const auto found = some_subscription(edit, draw);
    return found ? remove_subscription(edit, found->first, found->second) : Wish();
}

Wish rename_some(Edit& edit, Draw& draw) {
    const auto customer = some_customer(edit, draw);
    return customer ? rename_customer(edit, *customer, make_company_name(draw.next(), *customer))
                    : Wish();
}

Wish remove_some_customer(Edit& edit, Draw& draw) {
    const auto customer = some_customer(edit, draw);
    return customer ? remove_customer(edit, *customer) : Wish();
}

Wish restore_some_customer(Edit& edit, Draw& draw) {
    const auto customer = some_customer(edit, draw, false);
    return customer ? restore_customer(edit, *customer) : Wish();
}

Wish empty_some_customer(Edit& edit, Draw& draw) {
    const auto customer = some_customer(edit, draw);
    return customer ? empty_customer(edit, *customer) : Wish();
}

struct RandomChange {
    std::string_view name;
    unsigned weight; ///< of 100
    Wish (*apply)(Edit& edit, Draw& draw);
};

constexpr RandomChange random_changes[] = {
    {"modify_subscription", 28, modify_some},
    {"add_subscription", 8, add_some},
    {"remove_subscription", 8, remove_some},
    {"rename_customer", 5, rename_some},
    {"add_customer", 3, [](Edit& edit, Draw&) { return add_customer(edit); }},
    {"remove_customer", 2, remove_some_customer},
    {"restore_customer", 1, restore_some_customer},
    {"empty_customer", 1, empty_some_customer},
    {"modify_user", 10, modify_some_user},
    {"add_user", 4, add_some_users},
    {"delete_user", 4, delete_some_user},
    {"restore_user", 3, restore_some_user},
    {"vanish_user", 2, vanish_some_user},
    {"assign_license", 8, assign_some_license},
    {"remove_license", 6, remove_some_license},
    {"swap_license", 2, swap_some_license},
    {"modify_sku", 3, modify_some_sku},
    {"add_sku", 1, add_some_sku},
    {"remove_sku", 1, remove_some_sku},
};

std::vector<const RandomChange*> allowed_changes(const Wish& wish) {
    std::vector<const RandomChange*> drawn;
    const Wish only = wish.value("only", Wish::array());
    std::size_t known = 0;
    for (const RandomChange& each : random_changes) {
        const bool named = std::find(only.begin(), only.end(), each.name) != only.end();
        known += named ? 1 : 0;
        if (named || only.empty())
            drawn.insert(drawn.end(), each.weight, &each);
    }
    if (known != only.size())
        throw std::invalid_argument("only: a name that is not known (see --help)");
    return drawn;
}

} // namespace

nlohmann::json change_at_random(Edit& edit, const nlohmann::json& wish) {
    Draw draw(wish.value("seed", std::uint64_t{1}));
    const std::vector<const RandomChange*> drawn = allowed_changes(wish);
    Wish done = Wish::array();
    for (std::uint64_t k = 0; k < wish.at("count").get<std::uint64_t>(); ++k) {
        Wish change = draw.pick(drawn)->apply(edit, draw);
        if (change.is_array())
            done.insert(done.end(), change.begin(), change.end());
        else if (!change.is_null())
            done.push_back(std::move(change));
    }
    return done;
}

std::string describe_changes() {
    std::string text;
    for (const RandomChange& each : random_changes)
        text += fmt::format("{}{} {}%", text.empty() ? "" : ", ", each.name, each.weight);
    return text;
}

} // namespace pcmirror::simulator
