#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// Where a seek-paged listing goes on; what a continuation token stands for.
struct Place {
    std::uint32_t position = 0; ///< of the page's first item
    std::uint32_t previous = 0; ///< of the page before
    std::uint32_t page = 0;     ///< 0: the first
    std::uint32_t size = 0;
    std::string filter = {};
};

/// An opaque text that holds `, / + =`, as the API's tokens do.
std::string spell_continuation(const Place& place, std::uint64_t seed);

/// Nothing if this simulator did not make it.
std::optional<Place> read_continuation(std::string_view token, std::uint64_t seed);

} // namespace pcmirror::simulator
