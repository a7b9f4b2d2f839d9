#pragma once

#include "schema/resource.hpp"
#include "sync/db/scope.hpp"

#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace pcmirror {

/// Fills the session's staging tables for one transaction (see schema/sql.hpp).
void stage(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
);

} // namespace pcmirror
