#include "sync/records/scan.hpp"

#include "sync/records/json.hpp"

#include <array>

namespace pcmirror {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The bytes that can change anything while an array or object is skipped.
constexpr std::array<bool, 256> structure = [] {
    std::array<bool, 256> table{};
    for (const char c : {'"', '{', '}', '[', ']'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool ends_scalar(char c) {
    return is_space(c) || c == ',' || c == ':' || structure[static_cast<unsigned char>(c)];
}

std::ptrdiff_t opened(char byte, char open, char close) {
    return byte == open ? 1 : byte == close ? -1 : 0;
}

// Finds the one member of that name. False: the object is broken, or has the member twice.
bool find_member(Cursor& cursor, std::string_view name, std::optional<std::string_view>& found) {
    if (!cursor.accept('{'))
        return false;
    if (cursor.accept('}'))
        return true;
    do {
        const auto key = cursor.string();
        cursor.skip_space();
        if (!key || !cursor.accept(':'))
            return false;
        const auto value = cursor.value();
        cursor.skip_space();
        if (!value)
            return false;
        if (!raw_name_is(*key, name))
            continue;
        if (found)
            return false;
        found = value;
    } while (cursor.accept(','));
    return cursor.accept('}');
}

} // namespace

void Cursor::skip_mark() {
    if (text_.substr(at_).starts_with("\xEF\xBB\xBF"))
        at_ += 3;
}

void Cursor::skip_space() {
    while (at_ < text_.size() && is_space(text_[at_]))
        ++at_;
}

bool Cursor::accept(char byte) {
    if (at_end() || text_[at_] != byte)
        return false;
    ++at_;
    skip_space();
    return true;
}

bool Cursor::skip_string() {
    for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '"') {
            ++at_;
            return true;
        }
        if (text_[at_] == '\\' && at_ + 1 < text_.size())
            ++at_;
    }
    return false;
}

bool Cursor::skip_nested() {
    std::ptrdiff_t braces = 0;
    std::ptrdiff_t brackets = 0;
    do {
        while (at_ < text_.size() && !structure[static_cast<unsigned char>(text_[at_])])
            ++at_;
        const char byte = peek();
        if (at_end() || (byte == '"' && !skip_string()))
            return false;
        if (byte != '"')
            ++at_;
        braces += opened(byte, '{', '}');
        brackets += opened(byte, '[', ']');
    } while (braces + brackets > 0);
    // "[1}" would swallow its neighbours.
    return braces == 0;
}

bool Cursor::skip_scalar() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !ends_scalar(text_[at_]))
        ++at_;
    return at_ > begin;
}

std::optional<std::string_view> Cursor::string() {
    const std::size_t begin = at_;
    if (peek() != '"' || !skip_string())
        return std::nullopt;
    return text_.substr(begin + 1, at_ - begin - 2);
}

std::optional<std::string_view> Cursor::value() {
    const std::size_t begin = at_;
    const char first = peek();
    const bool nested = first == '{' || first == '[';
    if (!(nested ? skip_nested() : first == '"' ? skip_string() : skip_scalar()))
        return std::nullopt;
    return text_.substr(begin, at_ - begin);
}

bool raw_name_is(std::string_view raw, std::string_view name) {
    if (raw.find('\\') == std::string_view::npos)
        return same_name(raw, name);
    JsonTree tree;
    const std::string quoted = '"' + std::string(raw) + '"';
    return tree.parse(quoted).empty() && same_name(tree.root().text, name);
}

std::optional<std::string_view> raw_member(std::string_view record, std::string_view pointer) {
    std::optional<std::string_view> found = record;
    while (found && !pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view step = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(step.size());
        Cursor cursor(*found);
        found.reset();
        if (!find_member(cursor, step, found))
            return std::nullopt;
    }
    return found;
}

} // namespace pcmirror
