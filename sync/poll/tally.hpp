#pragma once

#include "sync/db/scope.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace pcmirror {

/// Figures of a pass; those of the database are exact, also after a commit whose answer was lost.
struct PassTotals {
    RowFigures rows;
    std::uint64_t scopes = 0; ///< planned
    std::uint64_t scopes_done = 0;
    std::uint64_t scopes_ok = 0;
    std::uint64_t scopes_unchanged = 0;
    std::uint64_t scopes_failed = 0;
    std::uint64_t scopes_refused = 0;
    std::uint64_t scopes_held = 0;
    std::uint64_t scopes_elsewhere = 0; ///< verified by another process meanwhile
    std::uint64_t scopes_skipped = 0;   ///< not planned: verified recently enough
    std::uint64_t requests = 0;
    std::uint64_t rows_expected = 0; ///< of what is read row by row: to be asked, as far as known
    std::uint64_t rows_asked = 0;

    /// Adds how a scope ended and what became of its rows; an unconfirmed one has not ended yet.
    void add(const ScopeReport& report);

    /// Whether every scope did well.
    [[nodiscard]] bool clean() const { return scopes_failed + scopes_refused + scopes_held == 0; }
};

/// Whether a scope that ended so is to be named: failing, held or refused.
bool in_trouble(ScopeEnd end);

} // namespace pcmirror
