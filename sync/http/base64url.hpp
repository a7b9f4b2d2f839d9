#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pcmirror {

/// base64url without padding (RFC 4648, section 5).
std::string base64url(std::string_view bytes);

/// What it stands for; nothing where a character does not belong there.
std::optional<std::string> read_base64url(std::string_view text);

} // namespace pcmirror
