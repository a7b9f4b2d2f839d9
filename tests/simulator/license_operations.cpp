#include "tests/simulator/operation.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/subscribed_skus.hpp"
#include "tests/simulator/users.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

// [CUSTOMER, USER, SKU]
struct LicenseNamed {
    LicenseNamed(const Edit& edit, const Wish& triple)
        : customer(customer_named(edit, triple.at(0))),
          user(user_named(edit, customer, triple.at(1))),
          product(sku_named(edit, customer, triple.at(2))) {}

    std::uint32_t customer;
    std::uint32_t user;
    std::size_t product;
};

constexpr Operation operations[] = {
    {"assign_license",
     "[ID, USER, SKU]",
     [](Edit& edit, const Wish& triple) {
         const LicenseNamed named(edit, triple);
         return assign_license(edit, named.customer, named.user, named.product);
     }},
    {"remove_license",
     "[ID, USER, SKU]",
     [](Edit& edit, const Wish& triple) {
         const LicenseNamed named(edit, triple);
         return remove_license(edit, named.customer, named.user, named.product);
     }},
    {"swap_license",
     "[ID, USER, SKU, OTHER_USER]",
     [](Edit& edit, const Wish& four) {
         const LicenseNamed named(edit, four);
         const std::uint32_t other = user_named(edit, named.customer, four.at(3));
         return swap_license(edit, named.customer, named.user, named.product, other);
     }},
    {"add_sku",
     "[ID] or [ID, SKU]",
     [](Edit& edit, const Wish& pair) {
         const std::uint32_t customer = customer_named(edit, pair.at(0));
         return pair.size() > 1 ? add_sku(edit, customer, product_named(pair.at(1)))
                                : add_sku(edit, customer, missing_product(edit, customer));
     }},
    {"remove_sku",
     "[ID, SKU]",
     [](Edit& edit, const Wish& pair) {
         const std::uint32_t customer = customer_named(edit, pair.at(0));
         return remove_sku(edit, customer, sku_named(edit, customer, pair.at(1)));
     }},
    {"set_sku",
     R"([ID, SKU, {"activeUnits": ..., "warningUnits": ..., "consumedUnits": ...}])",
     [](Edit& edit, const Wish& triple) {
         const std::uint32_t customer = customer_named(edit, triple.at(0));
         return set_sku_members(
             edit, customer, sku_named(edit, customer, triple.at(1)), triple.at(2)
         );
     }},
};

Wish told_of_sku(
    const Edit& edit, std::string_view operation, std::uint32_t customer, std::size_t product
) {
    Wish done = told(edit, operation, customer);
    done["sku_id"] = product_key(product);
    return done;
}

Wish told_of_license(
    const Edit& edit,
    std::string_view operation,
    std::uint32_t customer,
    std::uint32_t user,
    std::size_t product
) {
    Wish done = told_of_user(edit, operation, customer, user);
    done["sku_id"] = product_key(product);
    return done;
}

bool holds(const Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product) {
    return edit.licenses(customer, user, true)[product];
}

void set_license(
    Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product, bool held
) {
    UserState state = edit.user(customer, user);
    ProductSet licenses = edit.given_licenses(customer, user, state);
    state.licenses = licenses.set(product, held);
    edit.set_user(customer, user, std::move(state));
}

void store_sku(Edit& edit, std::uint32_t customer, std::size_t product, Item item) {
    edit.set_sku(customer, product, {.item = std::make_shared<const Item>(std::move(item))});
}

Wish set_seats(Edit& edit, std::uint32_t customer, std::size_t product, bool has) {
    CustomerState state = edit.customer(customer);
    state.skus.set(product, has);
    edit.set_customer(customer, state);
    return told_of_sku(edit, has ? "add_sku" : "remove_sku", customer, product);
}

} // namespace

std::span<const Operation> license_operations() {
    return operations;
}

bool can_be_given(
    const Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product
) {
    constexpr std::size_t location = position(user_fields, "usageLocation");
    const UserState state = edit.user(customer, user);
    return state.presence == Presence::active && products_for_users()[product] &&
           edit.customer(customer).skus[product] && !holds(edit, customer, user, product) &&
           std::holds_alternative<std::string>(
               edit.user_item(customer, user, state).values[location]
           );
}

nlohmann::json
assign_license(Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product) {
    if (!can_be_given(edit, customer, user, product))
        throw std::invalid_argument(
            "the user is inactive, has no usageLocation or holds it, or the SKU is the tenant's"
        );
    set_license(edit, customer, user, product, true);
    return told_of_license(edit, "assign_license", customer, user, product);
}

nlohmann::json
remove_license(Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product) {
    if (!holds(edit, customer, user, product))
        throw std::invalid_argument("the user does not hold the license");
    set_license(edit, customer, user, product, false);
    return told_of_license(edit, "remove_license", customer, user, product);
}

nlohmann::json swap_license(
    Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product, std::uint32_t other
) {
    const bool gives = holds(edit, customer, user, product);
    const std::uint32_t giver = gives ? user : other;
    const std::uint32_t taker = gives ? other : user;
    if (!holds(edit, customer, giver, product) || !can_be_given(edit, customer, taker, product))
        throw std::invalid_argument("one of the users must hold the license, the other be able to");
    set_license(edit, customer, giver, product, false);
    set_license(edit, customer, taker, product, true);
    Wish done = told_of_license(edit, "swap_license", customer, giver, product);
    done["to_user_id"] = user_id(edit.options().seed, customer, taker);
    return done;
}

std::size_t missing_product(const Edit& edit, std::uint32_t customer) {
    const std::vector<std::size_t> missing = numbers_in(~edit.customer(customer).skus);
    if (missing.empty())
        throw std::invalid_argument("the customer has every SKU that there is");
    return missing.front();
}

nlohmann::json add_sku(Edit& edit, std::uint32_t customer, std::size_t product) {
    return set_seats(edit, customer, product, true);
}

nlohmann::json remove_sku(Edit& edit, std::uint32_t customer, std::size_t product) {
    return set_seats(edit, customer, product, false);
}

nlohmann::json
modify_sku(Edit& edit, std::uint32_t customer, std::size_t product, std::uint64_t random) {
    Item item = edit.sku_item(customer, product);
    Wish done = told_of_sku(edit, "modify_sku", customer, product);
    done["members"] = modify_sku(item, random);
    store_sku(edit, customer, product, std::move(item));
    return done;
}

nlohmann::json set_sku_members(
    Edit& edit, std::uint32_t customer, std::size_t product, const nlohmann::json& members
) {
    Item item = edit.sku_item(customer, product);
    for (const auto& [member, value] : members.items()) {
        if (member == "totalUnits" || member == "availableUnits" || member == "productSku/id")
            throw std::invalid_argument(fmt::format("{}: can't be set", member));
        // From now on the counter differs from the holders by as much as now.
        const Wish meant =
            member == "consumedUnits"
                ? Wish(value.get<std::int64_t>() - edit.holders(customer).of(product, false))
                : value;
        set_member(item, subscribed_sku_fields, member, meant);
    }
    store_sku(edit, customer, product, std::move(item));
    return told_of_sku(edit, "set_sku", customer, product);
}

} // namespace pcmirror::simulator
