#pragma once

#include <string>
#include <string_view>

namespace pcmirror {

/// The text as PostgreSQL can hold it: what is no UTF-8, and the zero byte, become `\xNN`.
std::string escape_invalid_utf8(std::string_view text);

} // namespace pcmirror
