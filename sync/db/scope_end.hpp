#pragma once

#include "schema/resource.hpp"
#include "sync/db/scope.hpp"

#include <cstdint>
#include <pqxx/pqxx>

namespace pcmirror {

/// Writes to sync_scopes how the apply of a scope ended, and gives its lease back. `whole`: a
/// complete listing was applied whole, so that its digest may be trusted. An unconfirmed scope
/// stays leased, and its state as it was.
void end_scope(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const ScopeReading& reading,
    const ScopeReport& report,
    bool whole
);

/// Adds the figures of a scope to its run. Those of an unconfirmed one are its row changes only:
/// the scope itself is counted by its second apply.
void count_in_run(
    pqxx::transaction_base& transaction, std::int64_t run_id, const ScopeReport& report
);

} // namespace pcmirror
