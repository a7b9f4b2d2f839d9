#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

namespace pcmirror {

namespace asio = boost::asio;

/// Local time that never steps; what deadlines and lives are counted in.
using Instant = std::chrono::steady_clock::time_point;

/// Wakes one coroutine at an instant, or as soon as somebody rings.
class Alarm {
  public:
    virtual ~Alarm() = default;

    /// Returns at `at`, or when rung; at once if it was rung since the last wait. Cancellation
    /// throws, unless it was rung as well. `Instant::max()`: only a ring wakes.
    virtual asio::awaitable<void> wait_until(Instant at) = 0;

    virtual void ring() = 0;
};

/// The time and the waiting of all protocol code; tests pass one that they advance.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    /// For HTTP dates and signatures only.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall_now() const = 0;
    [[nodiscard]] virtual std::unique_ptr<Alarm> make_alarm(const asio::any_io_executor& executor
    ) = 0;
};

/// The clocks of the machine.
Clock& system_clock();

/// Waits; cancellation throws.
asio::awaitable<void> sleep_for(Clock& clock, std::chrono::milliseconds time);

} // namespace pcmirror
