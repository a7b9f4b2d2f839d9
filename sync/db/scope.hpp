#pragma once

#include "sync/db/guard.hpp"
#include "sync/db/row_portion.hpp"
#include "sync/records/decode.hpp"
#include "sync/records/page_digests.hpp"
#include "sync/records/spool.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// A claim on one scope: a resource of one customer, or of the whole partner. The token fences: a
/// result is dropped when somebody else claimed the scope meanwhile (invariant I7).
struct Lease {
    std::int64_t scope_id = 0;
    std::int64_t token = 0;
    std::string customer_id; ///< empty: partner-wide
    std::string asked_at;    ///< the database's clock when the scope was claimed
    std::string digest;      ///< of the last whole apply, hex; empty: there is none to be trusted
    std::uint64_t fingerprint = 0; ///< of the description that the digest was taken under
    bool held = false;             ///< the guard kept rows of it in the last pass
    std::string pages;             ///< `PageDigests` of what the digest was taken of, if kept

    /// Whatever is read is compared with the mirror's rows.
    void distrust() {
        digest.clear();
        pages.clear();
    }
};

/// A key or the first columns of one, as text.
using KeyText = std::vector<std::string>;

struct ScopeReading;

/// What the portions of a dry run before this one would have left in the tables.
struct Unwritten {
    HeldRows held;
    ScopeCounts counts;
    std::uint64_t inserted = 0; ///< rows
};

/// Records that were not decoded, since it is known what rows they make.
struct Undecoded {
    /// Decodes some more of them into the reading that they are of; false: there were none left.
    std::function<bool(ScopeReading&)> decode_some;
    std::size_t memory_bytes = 0; ///< that they take meanwhile
};

/// Everything that one walk over a scope's listings brought.
struct ScopeReading {
    Lease lease;
    Spool rows;
    std::uint64_t records = 0;
    std::uint64_t fingerprint = 0;
    PageDigests pages;
    /// Every page came again as it was when the lease's digest was taken.
    std::optional<Undecoded> undecoded = {};
    std::vector<Rejection> rejections;
    /// Keys, or beginnings of keys, of records that exist but are not in `rows`: rejected ones,
    /// excluded customers, rows whose own request failed. Their rows stay.
    std::vector<KeyText> present;
    /// Keys whose absence was confirmed (invariant I1).
    std::vector<KeyText> absent;
    bool unreadable_key = false; ///< of a rejected record
    /// Every page of every listing was fetched in one go, and every key could be read. Only then
    /// may rows be missing (invariant I1).
    bool complete = false;
    /// Several pages, or several listings: absence wants a second proof.
    bool must_confirm = false;
    /// All there was to confirm has been asked about; what is not in `absent` stays.
    bool confirmed = false;
    /// This very reading was applied before, but for deletes: the mirror has its rows, and these.
    bool applied = false;
    std::vector<KeyText> lacking = {};
    /// Why the walk ended early, or what could not be read; empty: nothing is wrong.
    std::string trouble;
    /// Of what is read row by row: the rows that were to be asked about.
    std::optional<RowPortion> portion = {};
    std::vector<std::string> covered; ///< of those: the ones that were read, and gone ones
    std::vector<RowOwed> owe;         ///< of those: the ones that the next pass has to ask
    Unwritten unwritten = {};

    explicit ScopeReading(Lease of, Spool spool) : lease(std::move(of)), rows(std::move(spool)) {}
};

/// How the apply of one scope ended.
enum class ScopeEnd {
    unchanged,   ///< digest as stored: nothing was read or written
    applied,     ///< the mirror shows the reading
    failing,     ///< something could not be read; what could was applied, nothing was deleted
    held,        ///< applied but for deletes, which the guard holds
    unconfirmed, ///< applied but for deletes; `missing` names rows whose absence wants a proof;
                 ///< still leased
    unfinished,  ///< a portion was applied, others may follow; still leased
    committed,   ///< an earlier apply of this very reading had committed already
    fenced,      ///< somebody else has the scope now; nothing was written
    refused,     ///< the API refuses the customer (403); nothing was written
};

/// A run under way. Its requests are written with each group, so that a killed process leaves them.
struct RunSoFar {
    std::int64_t run_id = 0;
    std::uint64_t requests = 0;
};

/// What became of records and rows.
struct RowFigures {
    std::uint64_t seen = 0; ///< records read
    std::uint64_t inserted = 0;
    std::uint64_t updated = 0;
    std::uint64_t deleted = 0;
    std::uint64_t held = 0;     ///< rows that the guard keeps
    std::uint64_t rejected = 0; ///< records

    RowFigures& operator+=(const RowFigures& other) {
        seen += other.seen;
        inserted += other.inserted;
        updated += other.updated;
        deleted += other.deleted;
        held += other.held;
        rejected += other.rejected;
        return *this;
    }
};

/// Deletes that the guard holds of a scope, and why.
struct HeldBack {
    std::uint64_t rows = 0; ///< with those that were held before
    std::uint64_t of = 0;   ///< rows of the scope
    std::string limit;
};

/// What became of one scope.
struct ScopeReport {
    RowFigures rows; ///< what this apply adds to those of the run
    std::int64_t scope_id = 0;
    std::string customer_id;
    ScopeEnd end = ScopeEnd::applied;
    std::vector<KeyText> missing;
    std::string message; ///< why it is failing, held or refused
    HeldBack held;
    ScopeCounts counted; ///< by the guard
    HeldRows held_rows;  ///< of those that were asked about, what is held now or was before
};

} // namespace pcmirror
