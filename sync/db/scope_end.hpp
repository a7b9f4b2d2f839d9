#pragma once

#include "schema/resource.hpp"
#include "sync/db/scope.hpp"

#include <cstdint>
#include <map>
#include <pqxx/pqxx>
#include <string_view>
#include <vector>

namespace pcmirror {

/// How the apply of a scope ended.
struct AppliedScope {
    const ScopeReading* reading = nullptr;
    const ScopeReport* report = nullptr;
    /// A complete listing was applied whole, so that its digest may be trusted.
    bool whole = false;
};

/// The state in sync_scopes of a scope that ended so.
std::string_view state_of(ScopeEnd end);

/// How many scopes ended how.
using EndCounts = std::map<ScopeEnd, int>;

/// Adds to the figures of a run.
void count_in_run(
    pqxx::transaction_base& transaction, const RunSoFar& run, const RowFigures& rows, EndCounts ends
);

/// Writes to sync_scopes how the apply of scopes ended, gives their leases back and adds their
/// figures to the run. An unconfirmed or unfinished scope stays leased, and its state as it was.
void end_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const RunSoFar& run,
    const std::vector<AppliedScope>& scopes
);

} // namespace pcmirror
