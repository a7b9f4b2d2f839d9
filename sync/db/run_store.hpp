#pragma once

#include "schema/resource.hpp"
#include "sync/db/pool.hpp"
#include "sync/db/scope.hpp"

#include <cstdint>
#include <string>

namespace pcmirror {

/// How a run ended.
struct RunEnd {
    std::string outcome; ///< ok | partial | failed | cancelled
    std::string error;
    std::uint64_t requests = 0;
    std::uint64_t refused = 0; ///< scopes that rest after a refusal and were not asked
    std::uint64_t failed = 0;  ///< the same after a failure, or since their customer is throttled
};

/// Passes over a resource: pcmirror.sync_runs. Their figures are counted in the transactions that
/// write rows (invariant I2).
class RunStore {
  public:
    explicit RunStore(DatabasePool& pool) : pool_(&pool) {}

    /// Opens a run; those of dead daemons are closed as interrupted, and one of this daemon whose
    /// opening was in doubt. May be repeated. At most one run of a resource is open in a process.
    asio::awaitable<std::int64_t> start(const Resource& resource, std::int64_t daemon_id);

    /// Closes a run; returns what its transactions counted. May be repeated.
    asio::awaitable<RowFigures> finish(std::int64_t run_id, RunEnd end);

  private:
    DatabasePool* pool_;
};

} // namespace pcmirror
