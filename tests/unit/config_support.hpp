#pragma once

#include "config/read.hpp"
#include "schema/error.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>

namespace pcmirror::test {

inline constexpr Resource customers{.name = "customers", .every = std::chrono::minutes(15)};
inline constexpr Resource subscriptions{.name = "subscriptions", .parent = &customers};
inline constexpr Resource users{
    .name = "users", .parent = &customers, .every = std::chrono::hours(2)};
inline constexpr Resource subscribed_skus{.name = "subscribed_skus", .parent = &customers};
inline constexpr Resource user_licenses{
    .name = "user_licenses",
    .parent = &customers,
    .per_row_of = &users,
    .every = std::chrono::hours(6),
    .full_every = std::chrono::hours(24 * 7)};
inline constexpr std::array<const Resource*, 5> five = {
    &customers, &subscriptions, &users, &subscribed_skus, &user_licenses};
inline constexpr Catalogue five_resources{five};

/// Three lines that every valid configuration needs; what follows starts in line 4.
inline const std::string minimal = "partner_center:\n"
                                   "  tenant_id: contoso.onmicrosoft.com\n"
                                   "  client_id: 00000000-0000-0000-0000-000000000000\n";

using Variables = std::map<std::string, std::string, std::less<>>;

inline Environment environment(const Variables& variables) {
    return [variables](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

/// The settings of the minimal configuration and what is added to it.
inline Settings settings_of(const std::string& added, const Variables& variables = {}) {
    return parse_settings(minimal + added, "pcmirror.yaml", five_resources, environment(variables));
}

/// Everything wrong with a whole configuration; empty when it is accepted.
inline std::string problems_in(const std::string& yaml, const Variables& variables = {}) {
    try {
        parse_settings(yaml, "pcmirror.yaml", five_resources, environment(variables));
        return {};
    } catch (const Error& error) {
        return error.recovery() == Recovery::fix_config ? error.what() : "another recovery";
    }
}

} // namespace pcmirror::test
