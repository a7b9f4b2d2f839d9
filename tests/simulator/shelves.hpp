#pragma once

#include "tests/simulator/item.hpp"

#include <cstdint>
#include <vector>

namespace pcmirror::simulator {

/// Small collections of a customer that are kept whole.
enum class Shelf : std::uint8_t {
    agreements,
    qualifications,
    budget,   ///< one
    policies, ///< one or none
    domains,  ///< verified ones that were added
};

/// What stands there for a customer that nothing was made for.
std::vector<Item> empty_shelf(Shelf which);

/// What stands there as the world was made.
std::vector<Item> make_shelf(std::uint64_t seed, std::uint32_t customer, Shelf which);

} // namespace pcmirror::simulator
