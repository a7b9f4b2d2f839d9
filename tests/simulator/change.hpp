#pragma once

#include "tests/simulator/world.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pcmirror::simulator {

/// Changes the world as `POST /change` asks and tells what it did, as an array. Throws
/// std::invalid_argument that says what is wrong with the wish.
nlohmann::json change_world(World& world, const nlohmann::json& wish);

/// Random changes: `{"seed": S, "count": N, "only": ["modify_subscription", ...]}`.
nlohmann::json change_at_random(Edit& edit, const nlohmann::json& wish);

/// The names and weights of the random changes, for the help.
std::string describe_changes();

/// The other changes and what they ask for, for the help.
std::string describe_operations();

// One change each; what was done, as JSON.
nlohmann::json add_customer(Edit& edit);
nlohmann::json remove_customer(Edit& edit, std::uint32_t customer);
nlohmann::json restore_customer(Edit& edit, std::uint32_t customer);
nlohmann::json empty_customer(Edit& edit, std::uint32_t customer);
nlohmann::json rename_customer(Edit& edit, std::uint32_t customer, const std::string& name);
nlohmann::json
set_customer_members(Edit& edit, std::uint32_t customer, const nlohmann::json& members);
nlohmann::json add_subscriptions(Edit& edit, std::uint32_t customer, std::uint32_t count);
nlohmann::json remove_subscription(Edit& edit, std::uint32_t customer, std::uint32_t index);
nlohmann::json
modify_subscription(Edit& edit, std::uint32_t customer, std::uint32_t index, std::uint64_t random);
nlohmann::json
set_members(Edit& edit, std::uint32_t customer, std::uint32_t index, const nlohmann::json& members);

// Users. An added one is active and holds nothing; `delete_user` makes it inactive.
nlohmann::json add_users(Edit& edit, std::uint32_t customer, std::uint32_t count);
nlohmann::json delete_user(Edit& edit, std::uint32_t customer, std::uint32_t user);
nlohmann::json restore_user(Edit& edit, std::uint32_t customer, std::uint32_t user);
nlohmann::json vanish_user(Edit& edit, std::uint32_t customer, std::uint32_t user);
nlohmann::json
modify_user(Edit& edit, std::uint32_t customer, std::uint32_t user, std::uint64_t random);
nlohmann::json set_user_members(
    Edit& edit, std::uint32_t customer, std::uint32_t user, const nlohmann::json& members
);

// Licenses, by the product that they are of. A swap hands one over; no counter moves.
bool can_be_given(
    const Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product
);
nlohmann::json
assign_license(Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product);
nlohmann::json
remove_license(Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product);
nlohmann::json swap_license(
    Edit& edit, std::uint32_t customer, std::uint32_t user, std::size_t product, std::uint32_t other
);

// SKUs. The licenses of a removed one are not shown until it comes back.
/// One that the customer does not have; std::invalid_argument if it has them all.
std::size_t missing_product(const Edit& edit, std::uint32_t customer);
nlohmann::json add_sku(Edit& edit, std::uint32_t customer, std::size_t product);
nlohmann::json remove_sku(Edit& edit, std::uint32_t customer, std::size_t product);
nlohmann::json
modify_sku(Edit& edit, std::uint32_t customer, std::size_t product, std::uint64_t random);
nlohmann::json set_sku_members(
    Edit& edit, std::uint32_t customer, std::size_t product, const nlohmann::json& members
);

} // namespace pcmirror::simulator
