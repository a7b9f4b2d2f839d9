#pragma once

#include "sync/write/document.hpp"

#include <map>
#include <string>

namespace pcmirror {

/// A text, or JSON, with `***` for each secret in it, as it is and as JSON spells it.
std::string without_secrets(std::string text, const std::map<std::string, std::string>& secrets);

/// The same in the values of a document, which stays one.
void mask_secrets(Document& document, const std::map<std::string, std::string>& secrets);

} // namespace pcmirror
