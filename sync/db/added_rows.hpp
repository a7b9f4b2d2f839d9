#pragma once

#include "sync/db/scope_diff.hpp"

namespace pcmirror {

/// Copies the new rows of scopes that are known into their table, logs them, and tells those who
/// read row by row (`is_outer`). Throws `HashesMislead` where the table has one of them already.
void insert_added(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    std::int64_t run_id,
    bool is_outer,
    const std::vector<const ScopeReading*>& readings,
    const ScopeDiffs& diffs
);

} // namespace pcmirror
