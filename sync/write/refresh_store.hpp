#pragma once

#include "schema/resource.hpp"
#include "sync/db/pool.hpp"
#include "sync/db/scope.hpp"

#include <cstdint>
#include <string>

namespace pcmirror {

/// Brings rows of the mirror to what a job has made of them, apart from their listings: no lease is
/// needed. The scope's next poll compares all rows, and one that asked before `asked_at`, or still
/// reads what was before, leaves these rows alone (pcmirror.touched_rows; contract, rule 7).
/// Throws `DatabaseError`.
class RefreshStore {
  public:
    explicit RefreshStore(DatabasePool& pool) : pool_(&pool) {}

    /// The database's clock: what is read after it is newer than every poll that asked before.
    asio::awaitable<std::string> now();

    /// Inserts and updates the rows of the reading; of what is read row by row it also deletes what
    /// the answers for the `covered` rows lack. change_log names the job. Does nothing where the
    /// customer has left the mirror. `reading` outlives the call; its lease says customer and
    /// `asked_at` only. May be repeated.
    asio::awaitable<void>
    apply(const Resource& resource, const ScopeReading& reading, std::int64_t job_id);

    /// The next poll of the scope comes at once, and compares all rows.
    asio::awaitable<void> make_due(std::string resource, std::string customer_id);

  private:
    DatabasePool* pool_;
};

} // namespace pcmirror
