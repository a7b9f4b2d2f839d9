#include "sync/http/plain_text.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace pcmirror {

namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

bool is_continuation(unsigned byte) {
    return (byte & 0xC0U) == 0x80U;
}

/// What the first byte of a character says about its length; 0 when it can't be one.
std::size_t length_by_lead(unsigned lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return 0;
    }
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/// Overlong forms, surrogates, and what lies beyond U+10FFFF show in the second byte.
bool is_forbidden(unsigned lead, unsigned second) {
    return (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
           (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
}

/// Length of the well-formed sequence at `at` (Unicode table 3-7); 0 when there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const std::size_t length = length_by_lead(byte_at(text, at));
    if (length <= 1) {
        return length;
    }
    if (at + length > text.size() || is_forbidden(byte_at(text, at), byte_at(text, at + 1))) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(byte_at(text, at + i))) {
            return 0;
        }
    }
    return length;
}

void append_utf8(std::string& text, std::uint32_t point) {
    const auto add = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0U | point >> 6U);
        add(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        add(0xE0U | point >> 12U);
        add(0x80U | (point >> 6U & 0x3FU));
        add(0x80U | (point & 0x3FU));
    } else {
        add(0xF0U | point >> 18U);
        add(0x80U | (point >> 12U & 0x3FU));
        add(0x80U | (point >> 6U & 0x3FU));
        add(0x80U | (point & 0x3FU));
    }
}

std::optional<std::uint32_t> numeric_entity(std::string_view digits) {
    int base = 10;
    if (digits.starts_with('x') || digits.starts_with('X')) {
        base = 16;
        digits.remove_prefix(1);
    }
    std::uint32_t point = 0;
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), point, base);
    const bool whole = problem == std::errc() && end == digits.data() + digits.size();
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return whole && point != 0 && point <= 0x10FFFF && !surrogate ? std::optional(point)
                                                                  : std::nullopt;
}

/// The character behind `&name;`.
std::optional<std::uint32_t> entity(std::string_view name) {
    if (name.starts_with('#')) {
        return numeric_entity(name.substr(1));
    }
    constexpr std::array<std::pair<std::string_view, std::uint32_t>, 6> named = {
        {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xA0}}};
    for (const auto& [known, point] : named) {
        if (known == name) {
            return point;
        }
    }
    return std::nullopt;
}

void cut(std::string& text, std::size_t most) {
    constexpr std::string_view mark = "...";
    if (text.size() <= most) {
        return;
    }
    std::size_t end = most > mark.size() ? most - mark.size() : 0;
    while (end > 0 && is_continuation(byte_at(text, end))) {
        --end;
    }
    text.resize(end);
    text += mark.substr(0, most);
}

} // namespace

std::string valid_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = sequence_length(text, at);
        if (length == 0) {
            result += '?';
            ++at;
        } else {
            result += text.substr(at, length);
            at += length;
        }
    }
    return result;
}

std::string without_entities(std::string_view text) {
    constexpr std::size_t longest_name = 10;
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text[at] == '&' ? text.find(';', at) : std::string_view::npos;
        const bool near = end != std::string_view::npos && end - at <= longest_name;
        const auto point = near ? entity(text.substr(at + 1, end - at - 1)) : std::nullopt;
        if (point) {
            append_utf8(result, *point);
            at = end + 1;
        } else {
            result += text[at++];
        }
    }
    return result;
}

std::string one_line(std::string_view text, std::size_t most) {
    std::string result;
    bool blank = false;
    for (const char c : valid_utf8(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte == 0x7F) {
            blank = !result.empty();
            continue;
        }
        if (std::exchange(blank, false)) {
            result += ' ';
        }
        result += c;
    }
    cut(result, most);
    return result;
}

} // namespace pcmirror
