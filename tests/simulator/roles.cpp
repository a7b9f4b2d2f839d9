#include "tests/simulator/roles.hpp"

#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/users.hpp"

namespace pcmirror::simulator {

namespace {

constexpr std::string_view names[] = {
    "Company Administrator",
    "User Account Administrator",
    "Helpdesk Administrator",
    "License Administrator",
    "Billing Administrator",
    "Directory Readers",
    "Service Support Administrator",
    "Directory Writers"};

static_assert(std::size(names) == role_count);

std::uint64_t role_key(std::uint64_t seed, std::uint32_t customer) {
    return mix(seed, 0x401e, customer);
}

} // namespace

std::string role_id(std::uint64_t seed, std::uint32_t customer, std::size_t role) {
    return guid_of(role_key(seed, customer), static_cast<std::uint32_t>(role));
}

std::optional<std::size_t>
find_role(std::uint64_t seed, std::uint32_t customer, std::string_view id) {
    const auto role = index_of(role_key(seed, customer), id);
    return role && *role < role_count ? std::optional<std::size_t>(*role) : std::nullopt;
}

Item make_role(std::uint64_t seed, std::uint32_t customer, std::size_t role) {
    return {.values = {role_id(seed, customer, role), std::string(names[role])}, .unknown = {}};
}

Item make_role_member(
    std::uint64_t seed, std::uint32_t customer, std::size_t role, const Item& user
) {
    return {
        .values =
            {role_id(seed, customer, role),
             user.values[position(user_fields, "id")],
             user.values[position(user_fields, "displayName")],
             user.values[position(user_fields, "userPrincipalName")]},
        .unknown = {}};
}

} // namespace pcmirror::simulator
