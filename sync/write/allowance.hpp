#pragma once

#include "schema/operation_catalogue.hpp"
#include "sync/write/document.hpp"

#include <string>

namespace pcmirror {

/// The name in write_back.operations that a payload would need and the list does not have; empty:
/// it is allowed whole.
std::string
not_allowed(const AllowedOperations& allowed, const Operation& operation, const Document& payload);

} // namespace pcmirror
