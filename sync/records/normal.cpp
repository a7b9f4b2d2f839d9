#include "sync/records/normal.hpp"

#include "schema/letters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace pcmirror {
namespace {

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr std::array<bool, 256> hex_digits = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("0123456789abcdefABCDEF"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool is_separator(char c) {
    return c == '_' || c == ' ' || c == '-';
}

// Equal but for case and what parts words; `spelling` is lower snake_case.
bool is_spelling(std::string_view text, std::string_view spelling) {
    auto at = spelling.begin();
    for (const char c : text) {
        if (is_separator(c))
            continue;
        while (at != spelling.end() && *at == '_')
            ++at;
        if (at == spelling.end() || *at++ != lower_letter(c))
            return false;
    }
    return std::all_of(at, spelling.end(), [](char c) { return c == '_'; });
}

// Before the "T" of "OneTime" and the "E" of "HTTPError".
bool starts_word(std::string_view text, std::size_t at) {
    if (at == 0 || !is_upper(text[at]))
        return false;
    const char before = text[at - 1];
    const bool before_lower = at + 1 < text.size() && is_lower(text[at + 1]);
    return is_lower(before) || is_digit(before) || (is_upper(before) && before_lower);
}

// "OneTime" -> "one_time", "HTTPError" -> "http_error", "In Review" -> "in_review".
std::string snake_case(std::string_view text) {
    std::string snake;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool separator = is_separator(text[i]);
        const bool parts = separator || starts_word(text, i);
        if (parts && !snake.empty() && snake.back() != '_')
            snake += '_';
        if (!separator)
            snake += lower_letter(text[i]);
    }
    while (!snake.empty() && snake.back() == '_')
        snake.pop_back();
    return snake.empty() ? std::string(text) : snake;
}

std::string_view take_digits(std::string_view& rest) {
    const auto end = std::ranges::find_if_not(rest, is_digit);
    const auto size = static_cast<std::size_t>(end - rest.begin());
    const std::string_view digits = rest.substr(0, size);
    rest.remove_prefix(size);
    return digits;
}

bool take(std::string_view& rest, char c) {
    if (rest.empty() || lower_letter(rest.front()) != c)
        return false;
    rest.remove_prefix(1);
    return true;
}

// -12.34e5 in pieces.
struct Number {
    bool negative = false;
    std::string digits;       // 1234, leading zeros stay
    std::ptrdiff_t scale = 0; // how many of them stand behind the point; below 0: zeros are missing
};

std::optional<Number> read_number(std::string_view rest) {
    Number number;
    number.negative = take(rest, '-');
    const std::string_view whole = take_digits(rest);
    const bool has_fraction = take(rest, '.');
    const std::string_view fraction = has_fraction ? take_digits(rest) : std::string_view();
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0') ||
        (has_fraction && fraction.empty()))
        return std::nullopt;

    int exponent = 0;
    if (take(rest, 'e')) {
        if (take(rest, '+') && rest.starts_with('-'))
            return std::nullopt;
        const char* end = rest.data() + rest.size();
        const auto read = std::from_chars(rest.data(), end, exponent);
        if (read.ec != std::errc())
            return std::nullopt;
        rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
    }
    if (!rest.empty())
        return std::nullopt;
    number.digits.append(whole).append(fraction);
    number.scale = static_cast<std::ptrdiff_t>(fraction.size()) - exponent;
    return number;
}

} // namespace

bool is_guid(std::string_view text) {
    if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
        text[23] != '-')
        return false;
    const auto is_hex = [](char c) { return hex_digits[static_cast<unsigned char>(c)]; };
    return std::ranges::count_if(text, is_hex) == 32;
}

void append_guid(std::string& text, std::string_view guid) {
    constexpr char lower_case = 0x20; // digits and dashes have it, too
    const std::size_t before = text.size();
    text.append(guid);
    for (std::size_t at = before; at < text.size(); ++at)
        text[at] = static_cast<char>(text[at] | lower_case);
}

std::string fold_guid(std::string_view text) {
    if (!is_guid(text))
        return std::string(text);
    std::string folded;
    append_guid(folded, text);
    return folded;
}

std::optional<std::string> read_guid(std::string_view text) {
    if (!is_guid(text))
        return std::nullopt;
    return fold_guid(text);
}

std::string read_enumeration(std::string_view text, std::span<const std::string_view> spellings) {
    for (const std::string_view spelling : spellings)
        if (is_spelling(text, spelling))
            return std::string(spelling);
    return snake_case(text);
}

std::optional<std::string> read_integer(std::string_view text, int bits) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        return std::nullopt;
    if (bits == 32 && (number < std::numeric_limits<std::int32_t>::min() ||
                       number > std::numeric_limits<std::int32_t>::max()))
        return std::nullopt;
    return std::to_string(number);
}

std::optional<std::string> read_numeric(std::string_view text) {
    constexpr std::ptrdiff_t max_digits = 1000;
    std::optional<Number> number = read_number(text);
    if (!number || number->scale > max_digits || number->scale < -max_digits)
        return std::nullopt;

    std::string& digits = number->digits;
    if (number->scale < 0)
        digits.append(static_cast<std::size_t>(-number->scale), '0');
    const auto scale = static_cast<std::size_t>(std::max<std::ptrdiff_t>(number->scale, 0));
    if (digits.size() <= scale)
        digits.insert(0, scale + 1 - digits.size(), '0');
    const std::size_t whole = digits.size() - scale;
    const std::size_t zeros = std::min(digits.find_first_not_of('0'), whole - 1);
    const bool is_zero = digits.find_first_not_of('0') == std::string::npos;
    digits.erase(0, zeros);
    if (digits.size() > max_digits)
        return std::nullopt;
    if (scale > 0)
        digits.insert(digits.size() - scale, 1, '.');
    return number->negative && !is_zero ? "-" + digits : digits;
}

} // namespace pcmirror
