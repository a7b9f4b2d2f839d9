#pragma once

#include "sync/poll/tasks.hpp"

#include <cstddef>
#include <memory>

namespace pcmirror {

/// Bounds what many have under way together. One thread; outlives what was taken from it.
class Room {
  public:
    Room(const asio::any_io_executor& executor, std::size_t limit)
        : limit_(limit), changed_(executor) {}

    /// Waits until not all of it is taken. The last one may take more than is left: how much it
    /// needs shows only afterwards.
    asio::awaitable<void> some_left() {
        while (taken_ >= limit_)
            co_await changed_.wait();
    }

    /// Given back when what is returned goes.
    [[nodiscard]] std::shared_ptr<void> take(std::size_t amount) {
        taken_ += amount;
        return {this, [amount](Room* room) {
                    room->taken_ -= amount;
                    room->changed_.notify();
                }};
    }

  private:
    std::size_t limit_;
    std::size_t taken_ = 0;
    Signal changed_;
};

} // namespace pcmirror
