#include "tests/simulator/guid.hpp"

#include "tests/simulator/draw.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace pcmirror::simulator {

namespace {

constexpr std::size_t guid_length = 36;

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// A bijection of 32 bits and its inverse.
constexpr std::uint32_t scatter(std::uint32_t x) {
    x ^= x >> 16U;
    x *= 0x7feb352dU;
    x ^= x >> 15U;
    x *= 0x846ca68bU;
    x ^= x >> 16U;
    return x;
}

constexpr std::uint32_t gather(std::uint32_t x) {
    x ^= x >> 16U;
    x *= 0x43021123U;
    x ^= (x >> 15U) ^ (x >> 30U);
    x *= 0x1d69e2a5U;
    x ^= x >> 16U;
    return x;
}

static_assert(
    gather(scatter(0)) == 0 && gather(scatter(4711)) == 4711 && gather(scatter(~0U)) == ~0U
);

std::string spelled(std::uint64_t high, std::uint64_t low) {
    // Version 4, variant 1: what the directory hands out.
    high = (high & ~0xf000ULL) | 0x4000U;
    low = (low & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(guid_length, '-');
    std::size_t digit = 0;
    for (char& c : text) {
        const std::size_t at = static_cast<std::size_t>(&c - text.data());
        if (at == 8 || at == 13 || at == 18 || at == 23)
            continue;
        const std::uint64_t half = digit < 16 ? high : low;
        c = digits[(half >> (60U - 4U * (digit % 16))) & 0xfU];
        ++digit;
    }
    return text;
}

} // namespace

bool is_guid(std::string_view text) {
    if (text.size() != guid_length)
        return false;
    for (std::size_t at = 0; at < guid_length; ++at) {
        const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
        if (dash ? text[at] != '-' : !is_hex(text[at]))
            return false;
    }
    return true;
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return lower(x) == lower(y);
           });
}

std::string guid_of(std::uint64_t key, std::uint32_t index) {
    const std::uint32_t front = scatter(index ^ static_cast<std::uint32_t>(key));
    const std::uint64_t rest = mix(key, index);
    return spelled((std::uint64_t{front} << 32U) | (rest & 0xffffffffU), mix(rest));
}

std::optional<std::uint32_t> index_of(std::uint64_t key, std::string_view guid) {
    if (!is_guid(guid))
        return {};
    std::uint32_t front = 0;
    std::from_chars(guid.data(), guid.data() + 8, front, 16);
    const std::uint32_t index = gather(front) ^ static_cast<std::uint32_t>(key);
    if (!equal_ignoring_case(guid, guid_of(key, index)))
        return {};
    return index;
}

std::string guid_from(std::uint64_t random) {
    return spelled(mix(random), mix(random, 1));
}

} // namespace pcmirror::simulator
