#pragma once

#include "schema/resources/subscribed_skus.hpp"
#include "schema/resources/users.hpp"

namespace pcmirror::resources {

inline constexpr Column user_license_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer of the user"},
    {Role::key, "user_id", Type::uuid, outer("user_id"), "user that holds the license"},
    sku_id_column,
    sku_name_column,
    sku_part_number_column,
    license_group_column,
    {Role::optional,
     "service_plans",
     Type::jsonb,
     item("/servicePlans"),
     "services of the license, and whether each is on",
     sorted},
};

inline constexpr Table user_license_tables[] = {
    {"user_licenses", "which user holds which license", user_license_columns},
};

inline constexpr Listing user_license_listings[] = {
    {"",
     "/v1/customers/{customer_id}/users/{user_id}/licenses",
     "licenseGroupIds=Group1&licenseGroupIds=Group2"},
};

inline constexpr EarnedReads user_license_reads = {
    .counters = &subscribed_skus,
    .counted_by = "sku_id",
    .count = "consumed_units",
    .uncounted = {"target_type", "Tenant"},
    .dormant = {"state", "inactive"},
    .eligible_with = "usage_location",
};

inline constexpr Resource user_licenses = {
    .name = "user_licenses",
    .comment = "the licenses of each user",
    .parent = &customers,
    .per_row_of = &users,
    .earned = &user_license_reads,
    .tables = user_license_tables,
    .listings = user_license_listings,
    .sign_in = SignIn::user,
    .every = std::chrono::hours(6),
    .full_every = std::chrono::hours(24 * 7),
    .source = "get-a-list-of-assigned-licenses-by-license-group",
};

} // namespace pcmirror::resources
