#pragma once

#include "sync/db/pool.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace pcmirror {

/// Whether the parts of a daemon get on: the event loop, the scheduler, the database's threads.
/// What hangs is noticed by what it no longer does. Any thread.
class Vitals {
  public:
    using Instant = std::chrono::steady_clock::time_point;

    /// The event loop, or whoever works while none runs, has had its turn.
    void loop_turned(Instant now);

    /// The scheduler has looked at what is due.
    void scheduler_looked(Instant now);

    /// The scheduler has ended; what it started may take its time.
    void scheduler_ended();

    /// No daemon works (any more): nothing is expected.
    void rest();

    void pool_is(const PoolUse& use);

    /// What hangs, in words; nothing where all gets on.
    [[nodiscard]] std::optional<std::string> trouble(Instant now) const;

    /// The same without the event loop, for itself to tell.
    [[nodiscard]] std::optional<std::string> trouble_beside_loop(Instant now) const;

  private:
    mutable std::mutex mutex_;
    std::optional<Instant> turned_;
    std::optional<Instant> looked_;
    PoolUse pool_;
};

} // namespace pcmirror
