#include "config/log_privacy.hpp"

#include <algorithm>
#include <cctype>

namespace pcmirror {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view marks_in_names = "._%+#-";

bool is_of_name(char letter) {
    // Whatever lies beyond ASCII are letters of names, too.
    return static_cast<unsigned char>(letter) >= 0x80 ||
           std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
           marks_in_names.find(letter) != std::string_view::npos;
}

bool is_in_url(std::string_view text, std::size_t at) {
    const std::size_t blank = text.find_last_of(blanks, at);
    const std::size_t word = blank == std::string_view::npos ? 0 : blank + 1;
    return text.substr(word, at - word).find("://") != std::string_view::npos;
}

} // namespace

std::string without_addresses(std::string_view text) {
    std::string kept;
    std::size_t done = 0;
    for (std::size_t at = text.find('@'); at != std::string_view::npos;
         at = text.find('@', at + 1)) {
        std::size_t begin = at;
        while (begin > done && is_of_name(text[begin - 1]))
            --begin;
        const std::size_t end = static_cast<std::size_t>(
            std::find_if_not(
                text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end(), is_of_name
            ) -
            text.begin()
        );
        const std::size_t dot = text.substr(0, end).find('.', at + 2);
        if (begin == at || dot == std::string_view::npos || dot + 1 >= end || is_in_url(text, at))
            continue;
        kept += text.substr(done, begin - done);
        kept += "(address)";
        // A sentence may end behind it.
        done = text[end - 1] == '.' ? end - 1 : end;
    }
    kept += text.substr(done);
    return kept;
}

} // namespace pcmirror
