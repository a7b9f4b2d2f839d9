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

} // namespace pcmirror::simulator
