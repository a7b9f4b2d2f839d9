#pragma once

#include "schema/catalogue.hpp"
#include "schema/resources/customers.hpp"
#include "schema/resources/subscriptions.hpp"
#include "schema/well_formed.hpp"

/// Resources made up for tests: what the shipped ones don't use yet of the vocabulary, so that each
/// word of it is tried by the same engine.
namespace pcmirror::testing::made_up {

// A record with an array of lines in it: one listing that feeds two tables.
inline constexpr Column order_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
    {Role::key, "order_id", Type::text, item("/id"), "id; case matters"},
    {Role::optional, "total", Type::numeric, item("/totalPrice"), "price", numeric_text},
    {Role::kept, "contact", Type::text, item("/contact"), "not everybody may see it"},
    {Role::optional, "vetted_on", Type::date, item("/vettingDate", "/vettedDate"), "a day"},
};
inline constexpr Column line_columns[] = {
    {Role::key, "customer_id", Type::uuid, outer("customer_id"), "customer"},
    {Role::key, "order_id", Type::text, outer("order_id"), "order"},
    {Role::key, "line_number", Type::integer, item("/lineItemNumber"), "number of the line"},
    {Role::optional, "quantity", Type::bigint, item("/quantity"), "how many"},
};
inline constexpr Table order_tables[] = {
    {"orders", "made-up orders", order_columns},
    {"order_lines", "their lines", line_columns, "/lineItems"},
};
inline constexpr Listing order_listings[] = {{"", "/v1/customers/{customer_id}/orders", ""}};
inline constexpr Resource orders = {
    .name = "orders",
    .comment = "made-up orders",
    .parent = &resources::customers,
    .tables = order_tables,
    .listings = order_listings,
    .sign_in = SignIn::app,
    .source = "made-up",
};

// One scope of two listings.
inline constexpr Column member_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
    {Role::key, "member_id", Type::uuid, item("/id"), "id"},
    {Role::optional, "state", Type::text, item("/state"), "active or inactive"},
};
inline constexpr Table member_tables[] = {{"members", "made-up members", member_columns}};
inline constexpr Listing member_listings[] = {
    {"active", "/v1/customers/{customer_id}/members", "size=500"},
    {"inactive", "/v1/customers/{customer_id}/members", "size=500&state=inactive"},
};
inline constexpr Resource members = {
    .name = "members",
    .comment = "made-up members",
    .parent = &resources::customers,
    .tables = member_tables,
    .listings = member_listings,
    .paging = Paging::seek,
    .reread_when = "state",
    .item_path = "/v1/customers/{customer_id}/members/{member_id}",
    .sign_in = SignIn::user,
    .source = "made-up",
};

// One request for each member.
inline constexpr Column badge_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
    {Role::key, "member_id", Type::uuid, outer("member_id"), "member"},
    {Role::key, "badge", Type::text, item("/badge"), "badge"},
    {Role::optional, "colours", Type::text_array, item("/colours"), "colours", sorted},
};
inline constexpr Table badge_tables[] = {{"badges", "made-up badges", badge_columns}};
inline constexpr Listing badge_listings[] = {
    {"", "/v1/customers/{customer_id}/members/{member_id}/badges", ""},
};
inline constexpr Resource badges = {
    .name = "badges",
    .comment = "made-up badges",
    .parent = &resources::customers,
    .per_row_of = &members,
    .tables = badge_tables,
    .listings = badge_listings,
    .sign_in = SignIn::user,
    .source = "made-up",
};

inline constexpr const Resource* listed[] = {
    &resources::customers, &resources::subscriptions, &orders, &members, &badges};
static_assert(flaw_in(listed).empty());
inline constexpr Catalogue catalogue{listed};

} // namespace pcmirror::testing::made_up
