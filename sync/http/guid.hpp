#pragma once

#include <string>

namespace pcmirror {

/// A new random GUID, lower case.
std::string new_guid();

} // namespace pcmirror
