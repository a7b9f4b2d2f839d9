#pragma once

#include "sync/db/scope_store.hpp"

#include <chrono>
#include <cstddef>
#include <vector>

namespace pcmirror {

/// Spreads the scopes of a round over its time instead of asking for all of them in a burst.
struct Pace {
    std::chrono::milliseconds interval{0}; ///< a scope is due when its data is that old
    std::chrono::milliseconds spread{0}; ///< all have had their turn so long after the round began
    std::chrono::milliseconds age{0};    ///< of the round, now
};

/// When each scope has its turn, from now on: when it is due, one after the other with no less than
/// an even share of the time between them, but none later than the spread allows. So a bulk that
/// was read at once spreads out over one round, and stays spread. `all` is how many scopes the
/// round has, those that are done included. What fails, was never read, or is late by half an
/// interval is due now.
std::vector<std::chrono::milliseconds>
turns(const Pace& pace, const std::vector<PlannedScope>& scopes, std::size_t all);

} // namespace pcmirror
