#include "sync/http/bare_body.hpp"

namespace pcmirror {

std::string_view without_mark(std::string_view body) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (body.starts_with(mark))
        body.remove_prefix(mark.size());
    return body;
}

std::string_view bare_body(std::string_view body) {
    constexpr std::string_view blanks = " \t\r\n";
    body = without_mark(body);
    const std::size_t first = body.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return body.substr(first, body.find_last_not_of(blanks) - first + 1);
}

} // namespace pcmirror
