#pragma once

#include "sync/db/pool.hpp"
#include "sync/write/job.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pcmirror {

/// Takes jobs from the queue, lane by lane: one of each customer at a time. Every call is one
/// transaction on the pool. Throws `DatabaseError`. One thread, one call at a time.
class JobClaims {
  public:
    explicit JobClaims(DatabasePool& pool) : pool_(&pool) {}

    /// Whether a claim may find anything: lanes were told, are left of those looked at before, or
    /// may have become due since.
    [[nodiscard]] bool may_have_some() const;

    /// Claims what is due, at most so many; first what a dead daemon left behind, unless it is
    /// `under_way` in this process, which may have had another id before its session was lost. A
    /// daemon whose session is lost gets none: it throws (unreachable).
    asio::awaitable<std::vector<Job>>
    claim(std::int64_t daemon_id, std::size_t at_most, std::set<std::int64_t> under_way);

    /// The next job of a lane may be due: that of `customer_id`, or of the partner where it is
    /// empty.
    void look_at(const std::string& customer_id);

    /// Any lane may have something: all are looked at, at the next claim, or soon where they were
    /// just looked at and not all of them are done.
    void look_at_all();

    /// Gives back what this daemon holds; what it sent may have taken effect, and stays in doubt.
    asio::awaitable<void> release(std::int64_t daemon_id);

    /// When the next job is due, or the throttling of its customer ends, of those that were not
    /// ready when all lanes were looked at last; in the past: look again. Soon while other daemons
    /// work on jobs, who may die. Nothing: none waits.
    asio::awaitable<std::optional<std::chrono::duration<double>>> next_due(std::int64_t daemon_id);

  private:
    void add(const std::string& lane);
    [[nodiscard]] bool wants_to_look() const;

    DatabasePool* pool_;
    std::deque<std::string> lanes_; ///< that may have something to do, in the order of their jobs
    bool look_at_all_ = true;
    std::chrono::steady_clock::time_point looked_at_all_;
    std::string due_before_ = "-infinity"; ///< the database's time of that
};

} // namespace pcmirror
