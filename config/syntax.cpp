#include "config/syntax.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace pcmirror {

namespace {

/// Well-formed characters by their first byte: how long they are, and what the second byte may be.
struct CharacterForm {
    unsigned char first_low, first_high;
    std::size_t length;
    unsigned char second_low, second_high;
};

constexpr std::array character_forms = {
    CharacterForm{0x00, 0x7F, 1, 0x80, 0xBF},
    CharacterForm{0xC2, 0xDF, 2, 0x80, 0xBF},
    CharacterForm{0xE0, 0xE0, 3, 0xA0, 0xBF},
    CharacterForm{0xE1, 0xEC, 3, 0x80, 0xBF},
    CharacterForm{0xED, 0xED, 3, 0x80, 0x9F},
    CharacterForm{0xEE, 0xEF, 3, 0x80, 0xBF},
    CharacterForm{0xF0, 0xF0, 4, 0x90, 0xBF},
    CharacterForm{0xF1, 0xF3, 4, 0x80, 0xBF},
    CharacterForm{0xF4, 0xF4, 4, 0x80, 0x8F}};

bool is_between(char letter, unsigned char low, unsigned char high) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte >= low && byte <= high;
}

/// The length of the well-formed character at the front; 0 if there is none.
std::size_t character_length(std::string_view text) {
    for (const CharacterForm& form : character_forms) {
        if (!is_between(text.front(), form.first_low, form.first_high))
            continue;
        const std::string_view rest = text.substr(1, form.length - 1);
        const bool whole = rest.size() == form.length - 1 &&
                           std::all_of(rest.begin(), rest.end(), continues_character);
        const bool fits =
            rest.empty() || is_between(rest.front(), form.second_low, form.second_high);
        return whole && fits ? form.length : 0;
    }
    return 0;
}

struct Words {
    std::string_view theirs; ///< how yaml-cpp's message starts
    std::string_view what;
    std::string_view hint;
};

constexpr std::array words = {
    Words{
        "illegal map value",
        "a \":\" where no key can end (\"key: value\" lines, indented alike)",
        "put a value that holds \": \" in quotes, and give the keys of one mapping the same "
        "indentation"},
    Words{
        "end of map not found",
        "this line fits none of the mappings above it (\"key: value\" lines, indented alike)",
        "a key needs a colon and a blank after it, and the indentation of its neighbours"},
    Words{
        "end of sequence not found",
        "this line fits none of the lists above it (\"- value\" lines, indented alike)",
        ""},
    Words{
        "end of map flow not found",
        "a mapping in braces does not go on or end here (\",\" or \"}\")",
        "inside braces, a value that holds \"{\", \"}\" or \",\" must be in quotes: \"${NAME}\""},
    Words{
        "end of sequence flow not found",
        "a list in brackets does not go on or end here (\",\" or \"]\")",
        "inside brackets, a value that holds \"[\", \"]\" or \",\" must be in quotes"},
    Words{
        "illegal flow end",
        "a closing \"}\" or \"]\" that nothing opens",
        "put the value in quotes"},
    Words{
        "illegal block entry",
        "a \"- \" where no list can start",
        "put each entry of a list on a line of its own"},
    Words{
        "unknown escape character",
        "an unknown escape after a backslash (\\\\ for the backslash itself)",
        "in single quotes a backslash is an ordinary character"},
    Words{"bad file", "nested too deeply (\"key: value\" lines)", ""},
    Words{"quote not closed", "a quote that is not closed (the same quote at the end)", ""},
    Words{
        "anchor not found",
        "an \"&\" that starts a value (a value in quotes)",
        "put the value in quotes"}};

/// The tab in the indentation of this line or, since yaml-cpp notices late, of the one above.
std::optional<std::size_t> indenting_tab(const Lines& lines, int line) {
    for (int candidate = line; candidate >= std::max(1, line - 1); --candidate) {
        const std::size_t start = lines.start(candidate);
        const std::size_t end =
            std::min(lines.text().find_first_not_of(" \t", start), lines.text().size());
        const std::size_t tab = lines.text().find('\t', start);
        if (tab < end)
            return tab;
    }
    return std::nullopt;
}

/// The offset of a character that may not start an unquoted value, if that is what went wrong.
std::optional<std::size_t>
unquoted_start(const Lines& lines, Position at, std::string_view message) {
    const bool alias = message.starts_with("alias not found") ||
                       message.starts_with("the referenced anchor is not defined") ||
                       message.starts_with("illegal character found while scanning alias");
    if (!alias && !message.starts_with("unknown token"))
        return std::nullopt;
    const std::string_view yaml = lines.text();
    const std::size_t offset = lines.offset(at);
    if (!alias)
        return offset < yaml.size() ? std::optional(offset) : std::nullopt;
    // The alias's own star is the last one up to where the library stopped reading.
    const std::size_t star = yaml.rfind('*', offset);
    return star == std::string_view::npos ? std::nullopt : std::optional(star);
}

SyntaxError unquoted(const Lines& lines, std::size_t offset) {
    const char sign = lines.text()[offset];
    const std::string what =
        sign == '*' ? "an unquoted \"*\" starts an alias, and no such anchor is defined"
                    : fmt::format("\"{}\" can't start a value without quotes", sign);
    return {
        lines.position(offset),
        what + " (a value in quotes)",
        fmt::format("put the value in quotes: \"{}...\"", sign),
        offset};
}

} // namespace

SyntaxError explain_syntax(const Lines& lines, Position at, std::string_view message) {
    if (const auto offset = unquoted_start(lines, at, message))
        return unquoted(lines, *offset);
    if (const auto tab = indenting_tab(lines, at.line))
        return {
            lines.position(*tab), "a tab in the indentation (blanks)", "indent with blanks", {}};
    for (const Words& known : words)
        if (message.starts_with(known.theirs))
            return {at, std::string(known.what), std::string(known.hint), {}};
    return {at, "is no YAML (\"key: value\" lines)", {}, {}};
}

std::optional<SyntaxError> flaw_in_encoding(const Lines& lines) {
    const std::string_view yaml = lines.text();
    for (std::size_t offset = 0; offset < yaml.size();) {
        const std::size_t length = character_length(yaml.substr(offset));
        if (length == 0)
            return SyntaxError{
                lines.position(offset),
                "a byte that is no UTF-8 (text in UTF-8)",
                "save the file as UTF-8",
                {}};
        const auto byte = static_cast<unsigned char>(yaml[offset]);
        const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
        if (control || byte == 0x7F)
            return SyntaxError{
                lines.position(offset), "a control character (text in UTF-8)", {}, {}};
        offset += length;
    }
    return std::nullopt;
}

bool quote_closes(const Lines& lines, Position at) {
    const std::string_view yaml = lines.text();
    std::size_t offset = lines.offset(at);
    if (offset >= yaml.size() || (yaml[offset] != '"' && yaml[offset] != '\''))
        return true;
    const char quote = yaml[offset];
    for (++offset; offset < yaml.size(); ++offset) {
        const bool doubled = quote == '\'' && yaml.substr(offset).starts_with("''");
        const bool escape = quote == '"' && yaml[offset] == '\\';
        if (doubled || escape)
            ++offset;
        else if (yaml[offset] == quote)
            return true;
    }
    return false;
}

} // namespace pcmirror
