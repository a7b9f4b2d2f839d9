#pragma once

#include "tests/simulator/item.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pcmirror::simulator {

inline constexpr Field policy_fields[] = {
    {"id", "policy_id", Kind::text},
    {"selfServeEntity/selfServeEntityType", "self_serve_entity_type", Kind::text},
    {"selfServeEntity/tenantID", "self_serve_entity_tenant_id", Kind::text},
    {"grantor/grantorType", "grantor_type", Kind::text},
    {"grantor/tenantID", "grantor_tenant_id", Kind::text},
    {"permissions", "permissions", Kind::jsons},
    {"attributes/etag", "etag", Kind::text},
};

/// What the partner, who is the only grantor here, lets the customer's users do: `permissions`,
/// each as JSON.
Item make_policy(std::uint64_t seed, std::uint32_t customer, std::vector<std::string> permissions);

/// A customer's policies as the world was made: one in four has one.
std::vector<Item> make_policies(std::uint64_t seed, std::uint32_t customer);

std::string policy_id(std::uint64_t seed, std::uint32_t customer);

/// The next one. The quotes belong to it.
void renew_policy_etag(Item& policy);

} // namespace pcmirror::simulator
