#pragma once

#include "config/secret.hpp"
#include "sync/db/pool.hpp"
#include "sync/poll/tasks.hpp"

#include <utility>

namespace pcmirror {

/// Rings when a job is queued, or may go on (`LISTEN pcmirror_jobs`), on a connection of its own.
/// One thread.
class JobAlarm {
  public:
    JobAlarm(const asio::any_io_executor& executor, DatabasePool& pool, Secret url);
    ~JobAlarm() = default;
    JobAlarm(const JobAlarm&) = delete;
    JobAlarm& operator=(const JobAlarm&) = delete;

    /// Listens until it is cancelled; where the connection is lost it makes another one, and rings,
    /// since something may have been missed meanwhile.
    asio::awaitable<void> listen();

    /// Waits until it rings, at most this long; whether it did.
    asio::awaitable<bool> wait_for(std::chrono::milliseconds time);

    /// Whether the database told of jobs since this was last asked.
    bool take_news() { return std::exchange(news_, false); }

    /// Something else says that it is worth looking.
    void ring();

  private:
    void tell();

    DatabasePool& pool_;
    Secret url_;
    Signal signal_;
    bool rung_ = false;
    bool news_ = false;
};

} // namespace pcmirror
