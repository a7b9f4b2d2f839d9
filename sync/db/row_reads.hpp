#pragma once

#include "schema/resource.hpp"
#include "sync/db/differences.hpp"
#include "sync/db/pool.hpp"
#include "sync/db/row_portion.hpp"
#include "sync/db/scope.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// Rows of a portion at most: what an interruption costs, and what is kept in memory.
inline constexpr std::size_t portion_rows = 500;

struct RowReadOptions {
    bool full = false; ///< ask about every row, from the first
    bool dry_run = false;
    bool allow_deletes = false; ///< ask again about rows whose deletes are held
    /// With `full`: a reading of all rows whose last portion was applied within this time goes on,
    /// and none begins where one has ended within it.
    std::optional<std::chrono::milliseconds> max_age = {};
    std::chrono::milliseconds full_every{0}; ///< each row at least so often
    std::chrono::milliseconds pass_every{0}; ///< about so often a pass comes
};

/// What a pass knows of one scope that it reads row by row; begins empty.
struct RowProgress {
    bool open = false;
    RowPlace place;
    bool all = false;           ///< rows are owed after `place.read_to`, however many these are
    double period = 0;          ///< seconds in which the rolling re-read goes round
    double now = 0;             ///< when the pass began with the scope
    double applied_at = 0;      ///< the last portion of an earlier pass; 0: there was none
    double whole_read_at = 0;   ///< the end of the last reading of all rows; 0: there was none
    std::uint64_t rows = 0;     ///< outer rows
    std::uint64_t due = 0;      ///< rolling re-reads left in this pass
    std::int64_t again_to = 0;  ///< the same of those that could not be read the last time
    std::int64_t owed_to = 0;   ///< owed entries up to this one were taken
    std::int64_t owed_last = 0; ///< the last one of when the pass began with the scope
    Findings findings;          ///< of a dry run, whose portions leave nothing in the tables
    HeldRows held;              ///< the same
    Differences usual;
    Differences expected;
    Differences counts;         ///< what the counters said when the pass began with the scope
    bool changed_asked = false; ///< rows that changed since the last pass were asked in a search
    bool changed_cut = false;   ///< but not all of them
    std::optional<Differences> before; ///< when the pass began with the scope; absent: no counters
    bool unsettled = false;            ///< `usual` is not the stored one
    bool counted = false;     ///< all rows have been read once, so that `usual` means something
    std::uint64_t hunted = 0; ///< rows asked because of the counters
    int portions = 0;
    /// Why nothing can be asked: the outer rows of the customer were never read, or are refused.
    std::string blocked;
    bool refused = false;
};

/// Seconds in which the rolling re-read goes round, so that each row has its turn within
/// `full_every` although one whose turn comes right after a pass waits for the next.
double rolling_period(double full_every, double pass_every);
double rolling_period(const RowReadOptions& options);

/// Which rows of a scope to ask about (pcmirror.row_reads, pcmirror.owed_reads): owed ones (new,
/// returned, gone, named by somebody, not readable the last time); all of them, at first, with
/// `full` and where reads are not earned; else those due in the rolling re-read, and, where
/// counters deviate from what they usually say, the likely ones until these agree. One whose
/// deletes the guard holds was asked, and has its next turn in the rolling re-read, or once they
/// are allowed. Throws `DatabaseError`.
class RowReadStore {
  public:
    explicit RowReadStore(DatabasePool& pool) : pool_(&pool) {}

    /// The next rows to ask about; nothing at the end. To be called again once the last portion was
    /// applied. May be repeated.
    asio::awaitable<std::optional<RowPortion>>
    next(const Resource& resource, Lease lease, RowProgress& progress, RowReadOptions options);

    /// How many rows a pass over these customers will ask about, but for what searches add.
    asio::awaitable<std::uint64_t>
    expected(const Resource& resource, std::vector<std::string> customers, RowReadOptions options);

    /// How many rows of these customers are kept although their deletes are held.
    asio::awaitable<std::map<std::string, std::uint64_t>>
    held(const Resource& resource, std::vector<std::string> customers);

    /// All rows of a customer that requests are made for.
    asio::awaitable<std::vector<RowToAsk>>
    all_rows(const Resource& resource, std::string customer_id);

  private:
    DatabasePool* pool_;
};

/// Writes how far scopes got and what the guard counts of them (by customer), settles what they
/// were owed, and notes what they could not read.
void write_portions(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    const std::map<std::string, ScopeCounts>& counts
);

} // namespace pcmirror
