#include "tests/simulator/random_changes.hpp"

#include <span>

namespace pcmirror::simulator {

namespace {

constexpr int tries = 200;

struct UserFound {
    std::uint32_t customer;
    std::uint32_t user;
};

struct SkuFound {
    std::uint32_t customer;
    std::size_t product;
};

std::optional<std::uint32_t>
some_user_of(const Edit& edit, Draw& draw, std::uint32_t customer, Presence presence) {
    const std::uint32_t users = edit.customer(customer).users;
    if (users == 0)
        return {};
    const auto user = static_cast<std::uint32_t>(draw.below(users));
    if (edit.user(customer, user).presence != presence)
        return {};
    return user;
}

std::optional<UserFound> some_user(const Edit& edit, Draw& draw, Presence presence) {
    for (int k = 0; k < tries; ++k) {
        const auto customer = some_customer(edit, draw);
        if (!customer)
            return {};
        if (const auto user = some_user_of(edit, draw, *customer, presence))
            return UserFound{*customer, *user};
    }
    return {};
}

// `choice`: which of a customer's SKUs come into question.
std::optional<SkuFound> some_sku(const Edit& edit, Draw& draw, const ProductSet& choice) {
    for (int k = 0; k < tries; ++k) {
        const auto customer = some_customer(edit, draw);
        if (!customer)
            return {};
        const auto skus = numbers_in(edit.customer(*customer).skus & choice);
        if (!skus.empty())
            return SkuFound{*customer, draw.pick(skus)};
    }
    return {};
}

struct LicenseFound {
    std::uint32_t customer;
    std::uint32_t user;
    std::size_t product;
};

// An active user and a SKU that it holds, or does not hold but can be given.
std::optional<LicenseFound> some_license(const Edit& edit, Draw& draw, bool held) {
    for (int k = 0; k < tries; ++k) {
        const auto sku = some_sku(edit, draw, products_for_users());
        if (!sku)
            return {};
        const auto user = some_user_of(edit, draw, sku->customer, Presence::active);
        if (!user)
            continue;
        if (held ? edit.licenses(sku->customer, *user, false)[sku->product]
                 : can_be_given(edit, sku->customer, *user, sku->product))
            return LicenseFound{sku->customer, *user, sku->product};
    }
    return {};
}

using ChangeUser = nlohmann::json (*)(Edit&, std::uint32_t, std::uint32_t);

Wish change_some_user(Edit& edit, Draw& draw, Presence presence, ChangeUser change) {
    const auto found = some_user(edit, draw, presence);
    return found ? change(edit, found->customer, found->user) : Wish();
}

} // namespace

Wish modify_some_user(Edit& edit, Draw& draw) {
    const auto found =
        some_user(edit, draw, draw.one_in(10) ? Presence::inactive : Presence::active);
    return found ? modify_user(edit, found->customer, found->user, draw.next()) : Wish();
}

Wish add_some_users(Edit& edit, Draw& draw) {
    const auto customer = some_customer(edit, draw);
    return customer ? add_users(edit, *customer, 1 + static_cast<std::uint32_t>(draw.below(3)))
                    : Wish();
}

Wish delete_some_user(Edit& edit, Draw& draw) {
    return change_some_user(edit, draw, Presence::active, delete_user);
}

Wish restore_some_user(Edit& edit, Draw& draw) {
    return change_some_user(edit, draw, Presence::inactive, restore_user);
}

Wish vanish_some_user(Edit& edit, Draw& draw) {
    return change_some_user(edit, draw, Presence::inactive, vanish_user);
}

Wish assign_some_license(Edit& edit, Draw& draw) {
    const auto found = some_license(edit, draw, false);
    return found ? assign_license(edit, found->customer, found->user, found->product) : Wish();
}

Wish remove_some_license(Edit& edit, Draw& draw) {
    const auto found = some_license(edit, draw, true);
    return found ? remove_license(edit, found->customer, found->user, found->product) : Wish();
}

Wish swap_some_license(Edit& edit, Draw& draw) {
    const auto found = some_license(edit, draw, true);
    for (int k = 0; found && k < tries; ++k) {
        const auto other = some_user_of(edit, draw, found->customer, Presence::active);
        if (other && can_be_given(edit, found->customer, *other, found->product))
            return swap_license(edit, found->customer, found->user, found->product, *other);
    }
    return {};
}

Wish modify_some_sku(Edit& edit, Draw& draw) {
    const auto found = some_sku(edit, draw, ~ProductSet());
    return found ? modify_sku(edit, found->customer, found->product, draw.next()) : Wish();
}

Wish add_some_sku(Edit& edit, Draw& draw) {
    const auto customer = some_customer(edit, draw);
    if (!customer)
        return {};
    const auto missing = numbers_in(~edit.customer(*customer).skus);
    return missing.empty() ? Wish() : add_sku(edit, *customer, draw.pick(missing));
}

Wish remove_some_sku(Edit& edit, Draw& draw) {
    const auto found = some_sku(edit, draw, ~ProductSet());
    return found ? remove_sku(edit, found->customer, found->product) : Wish();
}

} // namespace pcmirror::simulator
