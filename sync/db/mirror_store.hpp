#pragma once

#include "config/settings.hpp"
#include "schema/catalogue.hpp"
#include "sync/db/guard.hpp"
#include "sync/db/pool.hpp"
#include "sync/db/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

struct ApplyOptions {
    RunSoFar run = {};
    GuardLimits guard;
    CustomerFilter filter;
    bool allow_deletes = false;
    bool dry_run = false; ///< everything is done and rolled back; leases are not looked at
};

/// One row change, as change_log has it; what a dry run prints.
struct Change {
    std::string table;
    std::string operation;
    std::string key;
    std::string old_values; ///< JSON; empty where there is none
    std::string new_values;
};

struct ApplyResult {
    std::vector<ScopeReport> scopes; ///< in the order of the readings
    std::vector<Change> changes;     ///< dry run only
};

/// What an apply wrote whose commit is in doubt. Whether it did is found out by its repeat.
struct InDoubt {
    std::vector<ScopeReport> scopes;
    PassDeletes deletes;
};

/// Brings the mirror's tables to what was read. One transaction for a group of scopes of one
/// resource: rows, change_log, rejected_records, sync_scopes, sync_runs commit together
/// (invariant I2). Needs no network.
class MirrorStore {
  public:
    MirrorStore(DatabasePool& pool, const Catalogue& catalogue)
        : pool_(&pool), catalogue_(&catalogue) {}

    /// Throws `DatabaseError`; then nothing was written, unless it is in doubt. In that case it is
    /// to be repeated with the same readings and `in_doubt`, and returns what the first one wrote
    /// if that was committed after all. The pass's deletes are counted up on success.
    asio::awaitable<ApplyResult> apply(
        const Resource& resource,
        std::vector<const ScopeReading*> readings,
        ApplyOptions options,
        PassDeletes& deletes,
        std::optional<InDoubt>& in_doubt
    );

  private:
    DatabasePool* pool_;
    const Catalogue* catalogue_;
};

} // namespace pcmirror
