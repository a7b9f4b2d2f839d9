#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <string_view>

namespace pcmirror {

/// Whether a customer is mirrored under this filter: by id or domain, `*` is a wildcard, case does
/// not matter.
bool admits(const CustomerFilter& filter, std::string_view customer_id, std::string_view domain);

/// Tells filters apart.
std::uint64_t fingerprint_of(const CustomerFilter& filter);

} // namespace pcmirror
