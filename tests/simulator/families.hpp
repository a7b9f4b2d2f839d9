#pragma once

#include "tests/simulator/endpoint.hpp"

#include <span>

// The tables of endpoints that stand beside their functions; endpoints.cpp lists them all.
namespace pcmirror::simulator {

std::span<const Endpoint> agreement_endpoints();
std::span<const Endpoint> budget_endpoints();
std::span<const Endpoint> customer_writes();
std::span<const Endpoint> domain_endpoints();
std::span<const Endpoint> license_writes();
std::span<const Endpoint> order_endpoints();
std::span<const Endpoint> policy_endpoints();
std::span<const Endpoint> profile_endpoints();
std::span<const Endpoint> qualification_endpoints();
std::span<const Endpoint> role_endpoints();
std::span<const Endpoint> subscription_writes();
std::span<const Endpoint> user_writes();

} // namespace pcmirror::simulator
