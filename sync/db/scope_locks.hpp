#pragma once

#include "schema/resource.hpp"
#include "sync/db/scope.hpp"

#include <cstdint>
#include <map>
#include <pqxx/pqxx>

namespace pcmirror {

/// Readings by the id of their scope.
using Readings = std::map<std::int64_t, const ScopeReading*>;

/// Locks the scopes of an apply, and their customers, until its transaction ends. For each scope:
/// `applied` where the reading may go on, `fenced` where somebody else has the scope or its
/// customer is gone, `committed` where an earlier try of this very apply had committed. A dry run
/// looks at no lease.
std::map<std::int64_t, ScopeEnd> lock_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const Readings& readings,
    bool dry_run
);

} // namespace pcmirror
