#include "sync/records/utf8.hpp"

#include <array>
#include <fmt/format.h>

namespace pcmirror {
namespace {

/// First bytes of UTF-8 sequences, how long these are, and what their second byte may be. The zero
/// byte is left out: PostgreSQL has no place for it.
struct Sequence {
    unsigned char first_low = 0;
    unsigned char first_high = 0;
    std::size_t length = 0;
    unsigned char second_low = 0x80;
    unsigned char second_high = 0xBF;
};

constexpr std::array<Sequence, 9> sequences{{
    {0x01, 0x7F, 1},
    {0xC2, 0xDF, 2},
    {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3},
    {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3},
    {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
}};

/// Length of the valid UTF-8 sequence at the front; 0 where there is none.
std::size_t sequence_length(std::string_view text) {
    const auto within = [&](std::size_t at, unsigned char low, unsigned char high) {
        const auto byte = static_cast<unsigned char>(text[at]);
        return byte >= low && byte <= high;
    };
    for (const Sequence& sequence : sequences) {
        if (!within(0, sequence.first_low, sequence.first_high))
            continue;
        bool valid = text.size() >= sequence.length;
        for (std::size_t at = 1; valid && at < sequence.length; ++at)
            valid = at == 1 ? within(at, sequence.second_low, sequence.second_high)
                            : within(at, 0x80, 0xBF);
        return valid ? sequence.length : 0;
    }
    return 0;
}

} // namespace

std::string escape_invalid_utf8(std::string_view text) {
    std::string escaped;
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0)
            escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
        else
            escaped += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return escaped;
}

} // namespace pcmirror
