#pragma once

#include "sync/write/job_alarm.hpp"
#include "sync/write/job_store.hpp"
#include "sync/write/write_context.hpp"

#include <cstddef>

namespace pcmirror {

/// Works the queue: as many jobs at once as `write_back.workers` says, one of each customer. One
/// thread.
class Workers {
  public:
    /// The context's parts outlive it.
    Workers(const asio::any_io_executor& executor, WriteContext context);

    /// Works until it is cancelled; what was not sent by then is given back. Throws what stops all
    /// jobs alike.
    asio::awaitable<void> work();

    /// Works until nothing is due any more. Returns how many jobs were worked on.
    asio::awaitable<std::size_t> work_until_empty();

  private:
    asio::awaitable<std::size_t> start_due();
    asio::awaitable<void> run(Job job);
    asio::awaitable<void> work_on(bool until_empty);
    asio::awaitable<void> give_back();

    WriteContext context_;
    JobStore jobs_;
    JobAlarm alarm_;
    TaskGroup tasks_;
    std::size_t running_ = 0;
    std::size_t worked_on_ = 0;
};

} // namespace pcmirror
