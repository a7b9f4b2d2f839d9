#pragma once

#include "sync/db/scope_diff.hpp"

namespace pcmirror {

/// Compares portions with the mirrored rows of the outer rows that were asked about, in the
/// database, which nothing is written to for it. Known are those whose rows are all new, or all as
/// they are mirrored: of the others too little is the same to be worth more than staging them.
/// Without `trust` none is known.
ScopeDiffs diff_portions(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    bool trust
);

} // namespace pcmirror
