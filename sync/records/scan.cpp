#include "sync/records/scan.hpp"

#include "sync/records/json.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

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

constexpr std::size_t word_size = sizeof(std::uint64_t);

/// How many of the next eight bytes are neither quote nor backslash, up to the first that is. (The
/// lowest byte of a word is zero where subtracting one sets its highest bit, and that was not set.)
std::size_t plain_bytes(const char* bytes) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, word_size);
    if constexpr (std::endian::native == std::endian::big)
        word = __builtin_bswap64(word);
    const auto zeros = [](std::uint64_t w) { return (w - ones) & ~w & (ones << 7U); };
    const std::uint64_t found = zeros(word ^ (ones * '"')) | zeros(word ^ (ones * '\\'));
    return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

/// Where the next quote or backslash is, or the end.
std::size_t find_special(std::string_view text, std::size_t at) {
    while (text.size() - at >= word_size) {
        const std::size_t plain = plain_bytes(text.data() + at);
        at += plain;
        if (plain < word_size)
            return at;
    }
    while (at < text.size() && text[at] != '"' && text[at] != '\\')
        ++at;
    return at;
}

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
    for (++at_; (at_ = find_special(text_, at_)) < text_.size(); ++at_) {
        if (text_[at_] == '"') {
            ++at_;
            return true;
        }
        if (at_ + 1 < text_.size())
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
