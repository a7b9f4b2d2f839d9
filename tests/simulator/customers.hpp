#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/render.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace pcmirror::simulator {

inline constexpr std::string_view relationships[] = {
    "unknown", "reseller", "advisor", "syndication", "microsoft_support", "none"};

inline constexpr Field customer_fields[] = {
    {"id", "customer_id", Kind::text},
    {"commerceId", "", Kind::text, {}, false, Shown::in_detail},
    {"companyProfile/tenantId", "tenant_id", Kind::text},
    {"companyProfile/domain", "domain", Kind::text},
    {"companyProfile/companyName", "company_name", Kind::text},
    {"companyProfile/address", "address", Kind::json, {}, false, Shown::to_delegated_admin},
    {"companyProfile/email", "email", Kind::text, {}, false, Shown::to_delegated_admin},
    {"billingProfile", "", Kind::json, {}, false, Shown::in_detail},
    {"relationshipToPartner", "relationship_to_partner", Kind::enumeration, relationships},
    {"allowDelegatedAccess", "", Kind::boolean, {}, false, Shown::in_detail},
    {"customDomains", "custom_domains", Kind::texts, {}, false, Shown::to_delegated_admin},
};

/// The family of a world's customer ids (see `guid_of`).
std::uint64_t customer_key(std::uint64_t seed);

std::string customer_id(std::uint64_t seed, std::uint32_t index);

/// Customer number `index` as the world was made.
Item make_customer(std::uint64_t seed, std::uint32_t index);

/// Adds the members that only GET of a customer shows: most readers never ask for them.
void add_customer_details(Item& item, std::uint64_t seed, std::uint32_t index);

/// The domains beside the default one.
Texts custom_domains(const Item& item, std::uint32_t index);

/// A name, odd ones among them.
std::string make_company_name(std::uint64_t random, std::uint32_t index);

Frame customer_frame(const std::string& id, Shown shown, bool with_links);

} // namespace pcmirror::simulator
