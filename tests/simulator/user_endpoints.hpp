#pragma once

#include "tests/simulator/endpoint.hpp"

#include <cstdint>
#include <optional>

// What is answered about users and their licenses; the table of endpoints.cpp says to what.
namespace pcmirror::simulator {

std::optional<std::uint32_t>
list_users(Call& call, std::uint32_t from, std::size_t limit, Items& items);

/// `UserState` equal to `Active` or `Inactive`.
bool filters_users(const Filter& filter);

// Both find the user; which inactive ones are not there, a switch each says.
std::optional<Problem> locate_user(Call& call);
std::optional<Problem> locate_license_holder(Call& call);

/// Finds it whatever its state: who writes looks at that itself.
std::optional<Problem> locate_any_user(Call& call);

Reply get_user(Call& call);

std::optional<std::uint32_t>
list_subscribed_skus(Call& call, std::uint32_t from, std::size_t limit, Items& items);

std::optional<std::uint32_t>
list_user_licenses(Call& call, std::uint32_t from, std::size_t limit, Items& items);

} // namespace pcmirror::simulator
