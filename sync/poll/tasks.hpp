#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <list>

namespace pcmirror {

namespace asio = boost::asio;

/// Lets coroutines of one thread wait for each other: `wait` ends at the next `notify`.
class Signal {
  public:
    explicit Signal(asio::any_io_executor executor);

    /// Cancellation passes through. Check the condition again afterwards: others may have come
    /// first.
    asio::awaitable<void> wait();
    /// The same, at most this long.
    asio::awaitable<void> wait_for(std::chrono::milliseconds time);
    void notify();

  private:
    asio::awaitable<void> wait_until(asio::steady_timer::time_point limit);
    asio::any_io_executor executor_;
    std::list<asio::steady_timer*> waiting_;
};

asio::awaitable<void> sleep_for(std::chrono::milliseconds time);

/// Lets whatever is ready have its turn before long work goes on.
asio::awaitable<void> let_others_run();

/// Coroutines that live and end together: nothing is detached. One thread.
class TaskGroup {
  public:
    explicit TaskGroup(const asio::any_io_executor& executor);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    /// All tasks must have ended: `join` or `stop` was awaited.
    ~TaskGroup();

    /// Starts a task. The first one that throws cancels the others.
    void spawn(asio::awaitable<void> task);

    /// Waits for all; throws what the first failing task threw. When the waiting itself is
    /// cancelled the tasks are, too, and are waited for.
    asio::awaitable<void> join();

    /// Asks all tasks to end; double stops are fine.
    void cancel();

    [[nodiscard]] bool cancelled() const { return cancelled_; }

    [[nodiscard]] std::size_t size() const { return running_; }

  private:
    struct Task {
        asio::cancellation_signal signal;
        bool ended = false;
    };

    void ended(std::exception_ptr error);
    asio::any_io_executor executor_;
    Signal changed_;
    std::list<Task> spawned_;
    std::size_t running_ = 0;
    bool cancelled_ = false;
    std::exception_ptr error_;
};

/// Whether this is what a cancelled coroutine throws.
bool is_cancellation(const std::exception_ptr& error);

} // namespace pcmirror
