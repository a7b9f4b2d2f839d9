#pragma once

#include "schema/resource.hpp"
#include "sync/db/scope.hpp"
#include "sync/db/scope_diff.hpp"

#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace pcmirror {

// Fills the session's staging tables for one transaction (see schema/sql.hpp).

/// Scopes, and the keys that are known of them beside their rows.
void stage_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
);

/// The rows of scopes of which nothing is known, and the changed ones of the others.
void stage_rows(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    const ScopeDiffs& diffs
);

/// INSERT of keys that a listing lacks, as `RowBatches` takes it: scope_id, key columns.
std::string lacking_insert(const Resource& resource);

} // namespace pcmirror
