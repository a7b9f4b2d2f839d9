#pragma once

#include "schema/resource.hpp"

#include <array>

namespace pcmirror::resources {

inline constexpr std::array<std::string_view, 6> relationships{
    "unknown", "reseller", "advisor", "syndication", "microsoft_support", "none"};

inline constexpr Column customer_columns[] = {
    {Role::key, "customer_id", Type::uuid, item("/id"), "tenant id of the customer"},
    {Role::optional,
     "company_name",
     Type::text,
     item("/companyProfile/companyName"),
     "name of the company"},
    {Role::optional,
     "domain",
     Type::text,
     item("/companyProfile/domain"),
     "default domain, such as contoso.onmicrosoft.com"},
    {Role::optional,
     "tenant_id",
     Type::uuid,
     item("/companyProfile/tenantId"),
     "tenant id as the company profile gives it; equals customer_id"},
    {Role::optional,
     "relationship_to_partner",
     Type::text,
     item("/relationshipToPartner"),
     "reseller, advisor, syndication, microsoft_support, none or unknown",
     enumeration(relationships)},
    {Role::kept,
     "email",
     Type::text,
     item("/companyProfile/email"),
     "e-mail address of the company; only where delegated access shows it"},
    {Role::kept,
     "address",
     Type::jsonb,
     item("/companyProfile/address"),
     "address of the company; only where delegated access shows it"},
    {Role::kept,
     "custom_domains",
     Type::text_array,
     item("/customDomains"),
     "domains of the customer; only where delegated access shows them",
     sorted},
};

inline constexpr Table customer_tables[] = {
    {"customers", "customers of the partner, as the customer list tells them", customer_columns},
};

inline constexpr Listing customer_listings[] = {
    {"", "/v1/customers", "size=500"},
};

inline constexpr Resource customers = {
    .name = "customers",
    .comment = "the partner's customers",
    .tables = customer_tables,
    .listings = customer_listings,
    .paging = Paging::seek,
    .item_path = "/v1/customers/{customer_id}",
    .sign_in = SignIn::app,
    .every = std::chrono::minutes(15),
    .source = "get-a-list-of-customers",
};

} // namespace pcmirror::resources
