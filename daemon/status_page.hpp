#pragma once

#include "daemon/admin_facts.hpp"

#include <string>

namespace pcmirror {

/// The status page: one HTML document that loads nothing, shows everything without JavaScript, and
/// renews itself with it. `nonce` is what its Content-Security-Policy lets its style and its script
/// be known by.
std::string status_page(const AdminFacts& facts, const std::string& nonce);

/// The policy that goes with it.
std::string status_page_policy(const std::string& nonce);

} // namespace pcmirror
