#pragma once

#include "daemon/progress.hpp"
#include "sync/write/queue_report.hpp"

#include <chrono>

namespace pcmirror {

/// Shows at the foot of the terminal how the queue gets on. It asks the database, so that it knows
/// what the other processes do, too.
class WorkProgress {
  public:
    /// `pool` outlives it.
    explicit WorkProgress(DatabasePool& pool);

    /// Redraws until it is cancelled. A database that is away is the work's business.
    asio::awaitable<void> keep_drawing();

  private:
    asio::awaitable<void> draw();

    DatabasePool& pool_;
    StatusLine line_;
    Pace pace_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

} // namespace pcmirror
