#pragma once

#include "sync/poll/tasks.hpp"

#include <utility>

namespace pcmirror {

/// Tells a pass under way that some of its scopes may have become due at once. One thread.
class Hurry {
  public:
    explicit Hurry(asio::any_io_executor executor) : news_(std::move(executor)) {}

    void ask() {
        asked_ = true;
        news_.notify();
    }

    [[nodiscard]] bool asked() const { return asked_; }

    /// Somebody looks after it.
    void answer() { asked_ = false; }

    /// Waits until somebody asks, but no longer than that.
    asio::awaitable<void> wait_for(std::chrono::milliseconds time) {
        co_await news_.wait_for(time);
    }

  private:
    Signal news_;
    bool asked_ = false;
};

} // namespace pcmirror
