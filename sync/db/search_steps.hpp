#pragma once

#include <algorithm>
#include <cstdint>

namespace pcmirror {

/// Rows that a search asks about in one scope and pass; the next pass goes on from there.
inline constexpr std::uint64_t hunt_limit = 500;

/// Rows asked about at once. A search begins with few, since the likely ones come first, and stops
/// as soon as the counts agree.
inline constexpr std::uint64_t first_hunt = 8;
inline constexpr std::uint64_t longest_hunt = 128;

/// How many a search asks about next that has asked about `hunted`.
constexpr std::uint64_t next_search_step(std::uint64_t hunted) {
    return std::min(std::clamp(hunted, first_hunt, longest_hunt), hunt_limit - hunted);
}

} // namespace pcmirror
