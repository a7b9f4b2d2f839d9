#pragma once

#include "schema/resource.hpp"
#include "sync/db/scope.hpp"

#include <cstdint>
#include <pqxx/pqxx>
#include <vector>

namespace pcmirror {

/// Keeps the rejected records of these readings in pcmirror.rejected_records.
void store_rejected(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    std::int64_t run_id,
    const std::vector<const ScopeReading*>& readings
);

/// Drops the rejected records of these scopes that a whole reading no longer contained.
void clear_rejected(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
);

} // namespace pcmirror
