#pragma once

#include "schema/resource.hpp"
#include "sync/db/row_hashes.hpp"
#include "sync/db/scope.hpp"

#include <cstdint>
#include <map>
#include <pqxx/pqxx>
#include <stdexcept>
#include <vector>

namespace pcmirror {

/// How a reading differs from what the mirror is known to have of its scope.
struct ScopeDiff {
    /// What the mirror has is known, by its hashes or since it has nothing; else all rows are to be
    /// compared in the tables.
    bool known = false;
    std::vector<RowHash>
        read; ///< of the reading's rows, in their order; of one-table listings only
    std::vector<RowNews> news; ///< the same; where it is known
    std::size_t added = 0;
    std::size_t changed = 0;
    std::size_t lacking = 0; ///< known rows that a complete reading does not have
    /// Of what is read row by row: mirrored rows of the outer rows that were asked about.
    std::uint64_t covered = 0;
};

/// Whether keys look the same in a reading, in the database and in JSON.
bool has_plain_key(const Table& table);

using ScopeDiffs = std::map<std::int64_t, ScopeDiff>;

/// What was known of a scope is not what its table has. Whoever catches it compares all rows.
struct HashesMislead : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Compares readings with the hashes that the last whole apply of their scopes left, unless
/// anybody wrote to them since; portions of what is read row by row as `diff_portions` does it.
/// Without `trust` nothing is known.
ScopeDiffs diff_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    bool trust
);

/// Finds the keys of rows that the readings lack, in the tables of scopes that are known, and
/// stages them. Throws `HashesMislead`.
void stage_lacking(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    const ScopeDiffs& diffs
);

/// A scope that was applied whole.
struct KeptScope {
    const ScopeReading* reading = nullptr;
    const ScopeDiff* diff = nullptr;
};

/// Stores what the next reading of these scopes is compared with: hashes of rows, digests of pages.
void keep_for_next_time(pqxx::transaction_base& transaction, const std::vector<KeptScope>& scopes);

} // namespace pcmirror
