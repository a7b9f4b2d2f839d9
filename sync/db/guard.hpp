#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <string>

namespace pcmirror {

/// What a listing would delete, and what of it is proven (contract, rules 1 and 3).
struct Missing {
    std::uint64_t rows = 0;      ///< of the scope in the mirror
    std::uint64_t lacking = 0;   ///< of those the listing lacks
    std::uint64_t confirmed = 0; ///< of those, gone by a second proof
};

/// What a pass has deleted so far, for the guard's fraction per pass.
struct PassDeletes {
    std::uint64_t deleted = 0;
    std::uint64_t rows = 0;           ///< of the resource, when the pass began
    std::uint64_t reread = 0;         ///< rows that the rolling re-read came to
    std::uint64_t deleted_reread = 0; ///< of those
};

/// Which limit the deletion of so many rows would exceed, in words; empty: none. `scope_deleted` of
/// the scope were deleted before, in earlier portions of the same reading, and left `scope_rows`.
/// Both limits leave deletions of fewer than `min_rows` rows alone.
std::string exceeded_limit(
    const GuardLimits& limits,
    std::uint64_t doomed,
    std::uint64_t scope_deleted,
    std::uint64_t scope_rows,
    const PassDeletes& pass
);

/// The same for rows that are read again in their turn: a small slice of wrong answers after the
/// other would never be a large part of all rows, but is one of those read. `pass.reread` counts
/// them already.
std::string
exceeded_limit_in_turn(const GuardLimits& limits, std::uint64_t doomed, const PassDeletes& pass);

} // namespace pcmirror
