#pragma once

#include "tests/simulator/change.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>

namespace pcmirror::simulator {

using Wish = nlohmann::json;

/// A wish by the member that asks for it.
struct Operation {
    std::string_view member;
    std::string_view form; ///< of the member's value, for the help
    Wish (*apply)(Edit& edit, const Wish& value);
};

std::span<const Operation> customer_operations();
std::span<const Operation> user_operations();
std::span<const Operation> license_operations();

// What a wish names; std::invalid_argument where there is no such thing.
std::uint32_t customer_named(const Edit& edit, const Wish& id, bool removed_ones_too = false);
std::uint32_t subscription_named(const Edit& edit, std::uint32_t customer, const Wish& id);
std::uint32_t user_named(const Edit& edit, std::uint32_t customer, const Wish& id);
/// By id or part number; of the whole list of products.
std::size_t product_named(const Wish& id);
/// Likewise, of those that the customer has.
std::size_t sku_named(const Edit& edit, std::uint32_t customer, const Wish& id);

// The present contents of a thing; a user's deletion is one of its members.
void store_customer(Edit& edit, std::uint32_t customer, Item item);
void store_user(Edit& edit, std::uint32_t customer, std::uint32_t user, Item item);

// What was done, for the answer.
Wish told(const Edit& edit, std::string_view operation, std::uint32_t customer);
Wish told_of_subscription(
    const Edit& edit, std::string_view operation, std::uint32_t customer, std::uint32_t index
);
Wish told_of_user(
    const Edit& edit, std::string_view operation, std::uint32_t customer, std::uint32_t user
);

} // namespace pcmirror::simulator
