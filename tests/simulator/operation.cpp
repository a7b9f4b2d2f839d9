#include "tests/simulator/operation.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/subscriptions.hpp"
#include "tests/simulator/users.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

template <class Found> auto known(const Found& found, std::string_view what, const Wish& id) {
    if (!found)
        throw std::invalid_argument(
            fmt::format("{} \"{}\" is not known", what, id.get<std::string>())
        );
    return *found;
}

} // namespace

std::uint32_t customer_named(const Edit& edit, const Wish& id, bool removed_ones_too) {
    const std::string text = id.get<std::string>();
    return known(
        removed_ones_too ? edit.find_slot(text) : edit.find_customer(text), "customer", id
    );
}

std::uint32_t subscription_named(const Edit& edit, std::uint32_t customer, const Wish& id) {
    return known(edit.find_subscription(customer, id.get<std::string>()), "subscription", id);
}

std::uint32_t user_named(const Edit& edit, std::uint32_t customer, const Wish& id) {
    return known(edit.find_user(customer, id.get<std::string>()), "user", id);
}

std::size_t product_named(const Wish& id) {
    return known(find_product(id.get<std::string>()), "SKU", id);
}

std::size_t sku_named(const Edit& edit, std::uint32_t customer, const Wish& id) {
    const std::size_t product = product_named(id);
    if (!edit.customer(customer).skus[product])
        throw std::invalid_argument(
            fmt::format("the customer has no SKU \"{}\"", id.get<std::string>())
        );
    return product;
}

Wish told(const Edit& edit, std::string_view operation, std::uint32_t customer) {
    return {{"operation", operation}, {"customer_id", customer_id(edit.options().seed, customer)}};
}

Wish told_of_subscription(
    const Edit& edit, std::string_view operation, std::uint32_t customer, std::uint32_t index
) {
    Wish done = told(edit, operation, customer);
    done["subscription_id"] = subscription_id(edit.options().seed, customer, index);
    return done;
}

Wish told_of_user(
    const Edit& edit, std::string_view operation, std::uint32_t customer, std::uint32_t user
) {
    Wish done = told(edit, operation, customer);
    done["user_id"] = user_id(edit.options().seed, customer, user);
    return done;
}

} // namespace pcmirror::simulator
