#pragma once

#include "schema/resources/subscriptions.hpp"
#include "schema/well_formed.hpp"

/// What schema/README.md has one write, for resources made up over the subscriptions' endpoints.
namespace pcmirror::testing::recipe {

inline constexpr Listing listings[] = {{"", "/v1/customers/{customer_id}/subscriptions", ""}};
inline constexpr std::string_view item_path =
    "/v1/customers/{customer_id}/subscriptions/{subscription_id}";

// A record with an array of its own: one listing that feeds two tables.
inline constexpr Column contract_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
    {Role::key, "subscription_id", Type::text, item("/id"), "id"},
    {Role::optional, "seats", Type::bigint, item("/quantity"), "how many"},
    {Role::optional, "began_on", Type::date, item("/startDate", "/effectiveStartDate"), "a day"},
    {Role::optional,
     "status",
     Type::text,
     item("/status"),
     "as subscriptions",
     enumeration(resources::subscription_statuses)},
};
inline constexpr Column refund_columns[] = {
    {Role::key, "customer_id", Type::uuid, outer("customer_id"), "customer"},
    {Role::key, "subscription_id", Type::text, outer("subscription_id"), "contract"},
    {Role::key, "kind", Type::text, item("/type"), "full or partial"},
    {Role::optional, "until", Type::timestamp, item("/expiresAt"), "end of the offer"},
    {Role::optional, "seats", Type::bigint, outer("seats"), "of the contract"},
};
inline constexpr Table contract_tables[] = {
    {"contracts", "made-up contracts", contract_columns},
    {"contract_refunds", "refunds that are possible", refund_columns, "/refundOptions"},
};
inline constexpr Resource contracts = {
    .name = "contracts",
    .comment = "made-up contracts",
    .parent = &resources::customers,
    .tables = contract_tables,
    .listings = listings,
    .item_path = item_path,
    .sign_in = SignIn::app,
    .source = "made-up",
};

// One scope of two listings.
inline constexpr Column pair_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
    {Role::key, "subscription_id", Type::text, item("/id"), "id"},
    {Role::optional, "friendly_name", Type::text, item("/friendlyName"), "name"},
};
inline constexpr Table pair_tables[] = {{"pairs", "read twice", pair_columns}};
inline constexpr Listing pair_listings[] = {
    {"first", "/v1/customers/{customer_id}/subscriptions", ""},
    {"second", "/v1/customers/{customer_id}/subscriptions", "second=true"},
};
inline constexpr Resource pairs = {
    .name = "pairs",
    .comment = "read twice",
    .parent = &resources::customers,
    .tables = pair_tables,
    .listings = pair_listings,
    .item_path = item_path,
    .sign_in = SignIn::app,
    .source = "made-up",
};

// One request for each contract.
inline constexpr Column sheet_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
    {Role::key, "subscription_id", Type::text, outer("subscription_id"), "contract"},
    {Role::optional, "etag", Type::text, item("/attributes/etag"), "version", empty_is_null},
    {Role::optional, "actions", Type::text_array, item("/actions"), "what can be done", sorted},
};
inline constexpr Table sheet_tables[] = {{"sheets", "a page for each contract", sheet_columns}};
inline constexpr Listing sheet_listings[] = {{"", item_path, ""}};
inline constexpr Resource sheets = {
    .name = "sheets",
    .comment = "a page for each contract",
    .parent = &resources::customers,
    .per_row_of = &contracts,
    .tables = sheet_tables,
    .listings = sheet_listings,
    .envelope = Envelope::object,
    .sign_in = SignIn::app,
    .source = "made-up",
};

inline constexpr const Resource* listed[] = {
    &resources::customers, &resources::subscriptions, &contracts, &pairs, &sheets};
static_assert(flaw_in(listed).empty());
inline constexpr Catalogue catalogue{listed};

} // namespace pcmirror::testing::recipe
