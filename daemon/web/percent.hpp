#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pcmirror::web {

constexpr bool is_control(char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte < 0x20 || byte == 0x7f;
}

/// What `%XX` stand for; nothing where one is broken.
std::optional<std::string> percent_decoded(std::string_view text);

} // namespace pcmirror::web
