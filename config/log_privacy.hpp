#pragma once

#include <string>
#include <string_view>

namespace pcmirror {

/// A text without the mail addresses and user principal names in it: `(address)` stands in place of
/// each. The API's own words may name people. URLs stay as they are. Pure.
std::string without_addresses(std::string_view text);

} // namespace pcmirror
