#pragma once

#include "sync/db/scope.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace pcmirror {

/// Figures of a pass; those of the database are exact, also after a commit whose answer was lost.
struct PassTotals {
    std::uint64_t scopes = 0; ///< planned
    std::uint64_t scopes_done = 0;
    std::uint64_t scopes_ok = 0;
    std::uint64_t scopes_unchanged = 0;
    std::uint64_t scopes_failed = 0;
    std::uint64_t scopes_refused = 0;
    std::uint64_t scopes_held = 0;
    std::uint64_t scopes_elsewhere = 0; ///< verified by another process meanwhile
    std::uint64_t seen = 0;
    std::uint64_t inserted = 0;
    std::uint64_t updated = 0;
    std::uint64_t deleted = 0;
    std::uint64_t held = 0;
    std::uint64_t rejected = 0;
    std::uint64_t requests = 0;

    /// Adds how a scope ended and what became of its rows.
    void add(const ScopeReport& report);

    /// Adds the row changes alone: those of a scope that will end later.
    void add_rows(const ScopeReport& report);

    /// Whether every scope did well.
    [[nodiscard]] bool clean() const { return scopes_failed + scopes_refused + scopes_held == 0; }
};

/// Whether a scope that ended so is to be named: failing, held or refused.
bool in_trouble(ScopeEnd end);

} // namespace pcmirror
