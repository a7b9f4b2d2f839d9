#include "daemon/web/percent.hpp"

#include <charconv>

namespace pcmirror::web {

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded += text[at];
            continue;
        }
        const std::string_view digits = text.substr(at + 1, 2);
        unsigned byte = 0;
        const auto [end, problem] =
            std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() != 2 || problem != std::errc() || end != digits.data() + 2)
            return std::nullopt;
        decoded += static_cast<char>(static_cast<unsigned char>(byte));
        at += 2;
    }
    return decoded;
}

} // namespace pcmirror::web
