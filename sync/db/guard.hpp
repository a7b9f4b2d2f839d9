#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <string>

namespace pcmirror {

/// What a pass has deleted so far, for the guard's fraction per pass.
struct PassDeletes {
    std::uint64_t deleted = 0;
    std::uint64_t rows = 0;           ///< of the resource, when the pass began
    std::uint64_t reread = 0;         ///< rows that the rolling re-read came to
    std::uint64_t deleted_reread = 0; ///< of those
    std::uint64_t beside = 0;         ///< deleted in passes beside it, of other processes mostly
};

/// What the guard counts of one scope that is read row by row, portion by portion and pass after
/// pass: for a day from the first count on, or until deletes are allowed (pcmirror.row_reads).
struct ScopeCounts {
    std::uint64_t deleted = 0;
    std::uint64_t in_order = 0;         ///< rows that were read because it was their turn
    std::uint64_t deleted_in_order = 0; ///< of those

    ScopeCounts& operator+=(const ScopeCounts& more) {
        deleted += more.deleted;
        in_order += more.in_order;
        deleted_in_order += more.deleted_in_order;
        return *this;
    }
};

/// What one apply would delete of a scope.
struct Doomed {
    std::uint64_t rows = 0;
    /// How many its counters say are gone: it is judged by all of them before the first is deleted.
    std::uint64_t foretold = 0;
    std::uint64_t of = 0;  ///< rows of the scope before the first that is counted went
    bool was_held = false; ///< deletes of the scope are held since an earlier apply
    /// The rows were read because it was their turn, not because of what is likely of them: what is
    /// wrong with them is wrong with the rest.
    bool in_order = false;
    bool rolling = false; ///< in the turn of the rolling re-read
};

/// Which limit the deletion would exceed, in words; empty: none. `scope` and `pass` count the rows
/// that were read already, but not their deletion. No limit applies to fewer than `min_rows`
/// rows, but for the one that what is held stays held.
std::string exceeded_limit(
    const GuardLimits& limits,
    const Doomed& doomed,
    const ScopeCounts& scope,
    const PassDeletes& pass
);

/// Why a scope is held, and how to let its deletes go.
std::string held_message(
    std::string_view resource,
    std::string_view customer_id,
    std::uint64_t held,
    std::uint64_t of,
    std::string_view limit
);

} // namespace pcmirror
