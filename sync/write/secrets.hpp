#pragma once

#include <map>
#include <string>

namespace pcmirror {

/// A text, or JSON, with `***` for each secret in it, as it is and as JSON spells it.
std::string without_secrets(std::string text, const std::map<std::string, std::string>& secrets);

} // namespace pcmirror
