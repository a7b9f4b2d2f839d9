#pragma once

#include <algorithm>
#include <string_view>

namespace pcmirror {

/// ASCII only, here and below, whatever the locale.
constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

constexpr char lower_letter(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Equal but for the case of letters: member names, header names, host names.
constexpr bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char one, char other) {
        return one == other || lower_letter(one) == lower_letter(other);
    });
}

} // namespace pcmirror
