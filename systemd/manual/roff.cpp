#include "systemd/manual/roff.hpp"

#include <algorithm>
#include <cctype>

namespace pcmirror::manual {
namespace {

std::string_view escape_of(char character) {
    switch (character) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    default:
        return {};
    }
}

} // namespace

std::string escaped(std::string_view text) {
    std::string result;
    bool begins_line = true;
    for (const char character : text) {
        if (begins_line && character == '.')
            result += "\\&";
        const std::string_view escape = escape_of(character);
        escape.empty() ? result += character : result += escape;
        begins_line = character == '\n';
    }
    return result;
}

std::string page_head(std::string_view name, char section, std::string_view title) {
    std::string upper(name);
    std::ranges::transform(upper, upper.begin(), [](unsigned char letter) {
        return static_cast<char>(std::toupper(letter));
    });
    // Without a date: a page is the same whenever it is made.
    return ".TH " + upper + ' ' + section + " \"\" \"pcmirror " PCMIRROR_VERSION "\" \"" +
           std::string(title) + "\"\n.nh\n.ad l\n";
}

std::string heading(std::string_view text) {
    return ".SH \"" + escaped(text) + "\"\n";
}

std::string item(std::string_view tag, std::string_view text) {
    return ".TP\n\\fB" + escaped(tag) + "\\fR\n" + std::string(text) + '\n';
}

std::string shown(std::string_view lines) {
    return ".RS 4\n.nf\n" + escaped(lines) + "\n.fi\n.RE\n";
}

} // namespace pcmirror::manual
