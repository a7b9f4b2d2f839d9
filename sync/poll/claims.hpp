#pragma once

#include "sync/db/scope_store.hpp"
#include "sync/poll/hurry.hpp"
#include "sync/poll/patience.hpp"
#include "sync/poll/tasks.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror {

/// Hands the scopes of a pass to its readers, leased. One thread.
class Claims {
  public:
    struct Options {
        std::size_t batch = 16;     ///< scopes claimed at once: what the readers can take
        std::string started_at;     ///< of the pass, by the database's clock
        bool without_lease = false; ///< dry run
        std::function<std::int64_t()> daemon_id = {};
        /// Another process asked for the scope meanwhile; with how that ended.
        std::function<void(const ScopeReport&)> settled = {};
        /// Its customer is throttled for so long that the next pass has to ask.
        std::function<void(const ScopeReport&)> put_off = {};
        /// Finds scopes that have become due meanwhile; none: nobody looks for them.
        std::function<asio::awaitable<std::vector<PlannedScope>>()> find_more = {};
        /// How many of these were not planned yet.
        std::function<void(std::size_t)> added = {};
        Hurry* hurry = nullptr; ///< tells that there may be some
    };

    using Instant = std::chrono::steady_clock::time_point;

    /// A scope and when it has its turn.
    struct Turn {
        PlannedScope scope;
        Instant at = Instant::min();
    };

    Claims(
        const asio::any_io_executor& executor,
        ScopeStore& store,
        Patience& patience,
        std::deque<Turn> planned,
        Options options
    );

    /// The next scope to read; nothing when every scope was handed out, done by another process or
    /// put off. Scopes that others work on are waited for, and taken over when their process dies.
    asio::awaitable<std::optional<Lease>> next();

    /// Every scope has been handed out.
    [[nodiscard]] bool exhausted() const { return exhausted_ && ready_.empty(); }

  private:
    asio::awaitable<void> get_more();
    asio::awaitable<void> claim_planned();
    asio::awaitable<void> wait_for_turn(Instant now);
    [[nodiscard]] bool wants_more(Instant now) const;
    asio::awaitable<void> look_for_more(Instant now);
    bool take_from_plan(std::int64_t scope_id);
    asio::awaitable<void> wait_for_others();
    asio::awaitable<std::vector<Lease>> claim(std::vector<std::int64_t> ids);
    void drop(
        const std::vector<ScopeReport>& reports, const std::function<void(const ScopeReport&)>& tell
    );

    ScopeStore& store_;
    Patience& patience_;
    Options options_;
    std::deque<Turn> planned_; ///< in the order of their turns
    Instant next_look_;        ///< for more
    Instant answers_after_ = Instant::min();
    std::vector<std::int64_t> busy_elsewhere_;
    std::chrono::milliseconds pause_; ///< until these are looked at again
    std::deque<Lease> ready_;
    Signal changed_;
    bool claiming_ = false;
    bool exhausted_ = false;
};

} // namespace pcmirror
