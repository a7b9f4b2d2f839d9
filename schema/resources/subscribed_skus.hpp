#pragma once

#include "schema/resources/customers.hpp"

namespace pcmirror::resources {

inline constexpr std::array<std::string_view, 2> license_groups{"group1", "group2"};

// What a product's seats and the licenses of users say of it alike.
inline constexpr Column sku_id_column = {
    Role::key,
    "sku_id",
    Type::text,
    item("/productSku/id", "/productSku/skuPartNumber"),
    "id of the SKU; its part number where the API leaves the id out"};
inline constexpr Column sku_name_column = {
    Role::optional, "sku_name", Type::text, item("/productSku/name"), "name of the product"};
inline constexpr Column sku_part_number_column = {
    Role::optional,
    "sku_part_number",
    Type::text,
    item("/productSku/skuPartNumber"),
    "part number, such as ENTERPRISEPACK"};
inline constexpr Column license_group_column = {
    Role::optional,
    "license_group_id",
    Type::text,
    item("/productSku/licenseGroupId"),
    "group1: managed by the directory; group2: Minecraft",
    enumeration(license_groups)};

inline constexpr Column subscribed_sku_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer that has it"},
    sku_id_column,
    sku_name_column,
    sku_part_number_column,
    license_group_column,
    {Role::optional,
     "target_type",
     Type::text,
     item("/productSku/targetType"),
     "User, or Tenant: not assigned to anybody"},
    {Role::optional,
     "available_units",
     Type::integer,
     item("/availableUnits"),
     "seats that can still be assigned: total less consumed"},
    {Role::optional, "active_units", Type::integer, item("/activeUnits"), "seats in good order"},
    {Role::optional,
     "consumed_units",
     Type::integer,
     item("/consumedUnits"),
     "seats assigned, as the service counts them"},
    {Role::optional,
     "suspended_units",
     Type::integer,
     item("/suspendedUnits"),
     "seats of suspended subscriptions"},
    {Role::optional, "total_units", Type::integer, item("/totalUnits"), "active and warning seats"},
    {Role::optional,
     "warning_units",
     Type::integer,
     item("/warningUnits"),
     "seats of expired subscriptions that can still be used for a while"},
    {Role::optional,
     "capability_status",
     Type::text,
     item("/capabilityStatus"),
     "Enabled, Warning, Suspended, ..."},
    {Role::optional,
     "service_plans",
     Type::jsonb,
     item("/servicePlans"),
     "services that the SKU consists of",
     sorted},
};

inline constexpr Table subscribed_sku_tables[] = {
    {"subscribed_skus",
     "what each customer can assign to users, with its seat counts",
     subscribed_sku_columns},
};

inline constexpr Listing subscribed_sku_listings[] = {
    {"",
     "/v1/customers/{customer_id}/subscribedskus",
     "licenseGroupIds=Group1&licenseGroupIds=Group2"},
};

inline constexpr Resource subscribed_skus = {
    .name = "subscribed_skus",
    .comment = "the products that each customer can assign, with their seats",
    .parent = &customers,
    .tables = subscribed_sku_tables,
    .listings = subscribed_sku_listings,
    .sign_in = SignIn::user,
    .every = std::chrono::hours(1),
    .source = "get-a-list-of-available-licenses",
};

} // namespace pcmirror::resources
