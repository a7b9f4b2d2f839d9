#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/world.hpp"

#include <cstdint>
#include <string_view>

namespace pcmirror::simulator {

inline constexpr std::string_view authentication_types[] = {"managed", "federated"};
inline constexpr std::string_view domain_capabilities[] = {
    "none",
    "email",
    "sharepoint",
    "office_communications_online",
    "sharepoint_default",
    "full_redelegation",
    "share_point_public",
    "org_id_authentication",
    "yammer",
    "intune",
    "all"};
inline constexpr std::string_view domain_statuses[] = {
    "unverified", "verified", "pending_deletion"};
inline constexpr std::string_view verification_methods[] = {"none", "dns_record", "email"};

inline constexpr Field domain_fields[] = {
    {"authenticationType", "authentication_type", Kind::enumeration, authentication_types},
    {"capability", "capability", Kind::enumeration, domain_capabilities},
    {"isDefault", "is_default", Kind::boolean},
    {"isInitial", "is_initial", Kind::boolean},
    {"name", "name", Kind::text},
    {"rootDomain", "root_domain", Kind::text},
    {"status", "status", Kind::enumeration, domain_statuses},
    {"verificationMethod", "verification_method", Kind::enumeration, verification_methods},
};

/// Whether some customer has it, as its default domain or another one.
bool is_domain_taken(const View& world, std::string_view domain);

/// Whether a customer has it.
bool has_domain(const View& world, std::uint32_t customer, std::string_view domain);

/// Whether users of the customer's domain are signed in elsewhere.
bool is_federated(const View& world, std::uint32_t customer, std::string_view domain);

} // namespace pcmirror::simulator
