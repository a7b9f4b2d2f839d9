#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pcmirror::simulator {

/// A bijection of 64 bits that scatters (the finaliser of splitmix64).
constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    return mix(mix(a) ^ b);
}

constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    return mix(mix(a, b), c);
}

constexpr std::uint64_t mix(std::uint64_t a, std::string_view text) {
    for (const char c : text)
        a = mix(a, static_cast<unsigned char>(c));
    return a;
}

/// A short repeatable sequence of choices.
class Draw {
  public:
    constexpr explicit Draw(std::uint64_t seed) : state_(mix(seed)) {}

    constexpr std::uint64_t next() { return mix(++state_); }

    /// 0 to bound - 1.
    constexpr std::uint64_t below(std::uint64_t bound) { return next() % bound; }

    constexpr bool one_in(std::uint64_t bound) { return below(bound) == 0; }

    /// 0 to 1, 1 excluded.
    constexpr double fraction() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

    template <class List> constexpr const auto& pick(const List& list) {
        return list[static_cast<std::size_t>(below(list.size()))];
    }

  private:
    std::uint64_t state_;
};

} // namespace pcmirror::simulator
