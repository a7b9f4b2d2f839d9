#pragma once

#include "schema/resources/customers.hpp"

namespace pcmirror::resources {

inline constexpr std::array<std::string_view, 3> user_domain_types{"none", "managed", "federated"};
inline constexpr std::array<std::string_view, 2> user_states{"active", "inactive"};

inline constexpr Column user_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer that the user belongs to"},
    {Role::key, "user_id", Type::uuid, item("/id"), "id in the directory; survives a restore"},
    {Role::optional,
     "user_principal_name",
     Type::text,
     item("/userPrincipalName"),
     "sign-in name, in the case that the directory keeps"},
    {Role::optional, "display_name", Type::text, item("/displayName"), "name as it is shown"},
    {Role::optional, "first_name", Type::text, item("/firstName"), "first name"},
    {Role::optional, "last_name", Type::text, item("/lastName"), "last name"},
    {Role::optional,
     "usage_location",
     Type::text,
     item("/usageLocation"),
     "country of use, two letters; without it no license can be assigned",
     empty_is_null},
    {Role::optional,
     "user_domain_type",
     Type::text,
     item("/userDomainType"),
     "none, managed or federated",
     enumeration(user_domain_types)},
    {Role::optional,
     "state",
     Type::text,
     item("/state"),
     "active, or inactive: deleted, and restorable for 30 days",
     enumeration(user_states)},
    {Role::optional,
     "soft_deletion_time",
     Type::timestamp,
     item("/softDeletionTime"),
     "of an inactive user: when it was deleted"},
    {Role::optional,
     "last_directory_sync_time",
     Type::timestamp,
     item("/lastDirectorySyncTime"),
     "last synchronisation with the customer's own directory, where there is one"},
    {Role::kept,
     "immutable_id",
     Type::text,
     item("/immutableId"),
     "id in the customer's own directory; not in every answer",
     empty_is_null},
    {Role::kept,
     "phone_number",
     Type::text,
     item("/phoneNumber"),
     "phone number; not in every answer",
     empty_is_null},
};

inline constexpr Table user_tables[] = {
    {"users", "user accounts of the customers, deleted but restorable ones included", user_columns},
};

// Active users first: one that is deleted between the walks is then in both, and the later counts.
inline constexpr Listing user_listings[] = {
    {"active", "/v1/customers/{customer_id}/users", "size=500"},
    {"inactive",
     "/v1/customers/{customer_id}/users",
     "size=500&filter=%7B%22Field%22%3A%22UserState%22%2C%22Value%22%3A%22Inactive%22%2C"
     "%22Operator%22%3A%22equals%22%7D"},
};

inline constexpr Resource users = {
    .name = "users",
    .comment = "the users of each customer",
    .parent = &customers,
    .tables = user_tables,
    .listings = user_listings,
    .paging = Paging::seek,
    .reread_when = "state",
    .item_path = "/v1/customers/{customer_id}/users/{user_id}",
    .sign_in = SignIn::user,
    .every = std::chrono::hours(2),
    .source = "get-a-list-of-all-user-accounts-for-a-customer",
};

} // namespace pcmirror::resources
