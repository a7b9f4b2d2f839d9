#pragma once

#include "sync/db/row_reads.hpp"
#include "sync/db/scope.hpp"
#include "sync/poll/row_troubles.hpp"
#include "sync/poll/tasks.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pcmirror {

/// A scope that is read row by row, from its claim to its end.
struct RowScope {
    Lease lease;
    RowProgress progress = {};
    RowFigures rows = {};            ///< of its portions, as far as these were applied
    RowTroubles troubles;            ///< what could not be read
    HeldBack held;                   ///< where this pass held any deletes; by the first limit
    ScopeCounts counted = {};        ///< of a dry run, as far as its portions were judged
    bool any_read = false;           ///< some row could be read
    bool ended = false;              ///< nothing else is to be read in this pass
    std::shared_ptr<void> room = {}; ///< for the rows under way
};

/// A reading on its way into the mirror.
struct Finished {
    ScopeReading reading;
    std::size_t pages = 0;
    /// Of what is read row by row; once that has ended, without a portion: nothing else follows.
    std::unique_ptr<RowScope> rows = {};
};

using Group = std::vector<std::unique_ptr<Finished>>;

/// Collects readings into groups: small scopes share a transaction, since one for each would cost
/// three times as much (2000 rows, or what 500 requests brought, or a quarter of a second after the
/// first of them). One thread.
class Groups {
  public:
    explicit Groups(const asio::any_io_executor& executor);

    void add(std::unique_ptr<Finished> finished);

    /// Waits while too many readings, or too large ones, wait. To be awaited after each that was
    /// added: it is here by then, whatever ends the waiting.
    asio::awaitable<void> some_left();

    /// The next group; an empty one when no reader is at work any more. `idle` tells whether
    /// nobody will add anything for now, so that waiting for more is pointless.
    asio::awaitable<Group> next(std::function<bool()> idle);

    /// What nobody takes any more, when the pass is stopped.
    Group take_rest();

    /// To be called when what `idle` tells may have changed.
    void look_again() { changed_.notify(); }

  private:
    Group waiting_;
    std::uint64_t rows_ = 0;
    std::size_t requests_ = 0;
    std::size_t bytes_ = 0;
    std::chrono::steady_clock::time_point due_;
    Signal changed_;
    Signal taken_;
};

} // namespace pcmirror
