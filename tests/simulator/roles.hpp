#pragma once

#include "tests/simulator/item.hpp"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

inline constexpr std::size_t role_count = 8;

/// Numbers of directory roles.
using RoleSet = std::bitset<role_count>;

inline constexpr Field directory_role_fields[] = {
    {"id", "role_id", Kind::text},
    {"name", "role_name", Kind::text},
};

/// What a user is as the member of a role.
inline constexpr Field role_member_fields[] = {
    {"roleId", "role_id", Kind::text},
    {"id", "user_id", Kind::text},
    {"displayName", "display_name", Kind::text},
    {"userPrincipalName", "user_principal_name", Kind::text},
};

/// The role of a new customer's first user.
inline constexpr std::size_t company_administrator = 0;

/// Every customer has the same roles, under ids of its own.
std::string role_id(std::uint64_t seed, std::uint32_t customer, std::size_t role);

/// By id, of any case.
std::optional<std::size_t>
find_role(std::uint64_t seed, std::uint32_t customer, std::string_view id);

Item make_role(std::uint64_t seed, std::uint32_t customer, std::size_t role);

/// `user`: see `user_fields`.
Item make_role_member(
    std::uint64_t seed, std::uint32_t customer, std::size_t role, const Item& user
);

} // namespace pcmirror::simulator
