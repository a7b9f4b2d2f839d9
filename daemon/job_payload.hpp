#pragma once

#include "schema/operation_catalogue.hpp"

#include <string>
#include <vector>

namespace pcmirror {

/// A payload from `--set key=value`: dots reach into nested members, the field's description says
/// what the value is; lists and objects are JSON, `null` is null where the field may be. Throws
/// `Error` (fix_config) for what is no `key=value`, or no JSON where that is wanted.
std::string payload_of(
    const Operation& operation, const std::string& begun, const std::vector<std::string>& set
);

} // namespace pcmirror
