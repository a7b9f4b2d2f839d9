#pragma once

#include "sync/db/scope.hpp"
#include "sync/poll/tasks.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace pcmirror {

/// A reading on its way into the mirror.
struct Finished {
    ScopeReading reading;
    std::size_t pages = 0;
};

using Group = std::vector<std::unique_ptr<Finished>>;

/// Collects readings into groups: small scopes share a transaction, since one for each would cost
/// three times as much (500 rows, or a quarter of a second after the first of them). One thread.
class Groups {
  public:
    explicit Groups(const asio::any_io_executor& executor);

    /// Waits while too many readings, or too large ones, wait already.
    asio::awaitable<void> submit(std::unique_ptr<Finished> finished);

    /// The next group; an empty one when no reader is at work any more. `idle` tells whether
    /// nobody will submit anything for now, so that waiting for more is pointless.
    asio::awaitable<Group> next(std::function<bool()> idle);

    /// To be called when what `idle` tells may have changed.
    void look_again() { changed_.notify(); }

  private:
    Group waiting_;
    std::uint64_t rows_ = 0;
    std::size_t bytes_ = 0;
    std::chrono::steady_clock::time_point due_;
    Signal changed_;
    Signal taken_;
};

} // namespace pcmirror
