#pragma once

#include "sync/poll/pass.hpp"
#include "sync/poll/room.hpp"
#include "sync/write/job_alarm.hpp"
#include "sync/write/job_claims.hpp"
#include "sync/write/job_runner.hpp"
#include "sync/write/job_store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <vector>

namespace pcmirror {

/// What came of working until nothing was due.
struct Worked {
    JobTally jobs = {};
    std::optional<Error> trouble = {}; ///< that jobs wait for a person to mend (fix_api)
};

/// Works the queue: as many attempts at once as `write_back.workers` says, one of each customer;
/// jobs that wait for the mirror to show their change come on top. One thread.
class Workers {
  public:
    /// The mirror's parts outlive it. So long it is read at most until it shows a change.
    Workers(
        const asio::any_io_executor& executor,
        Mirror& mirror,
        std::chrono::milliseconds read_at_most = std::chrono::minutes(1)
    );

    /// Has somebody told of each job that ends; before it works.
    void on_end(std::function<void(const Job&, const JobEnd&)> told) {
        shop_.ended = std::move(told);
    }

    /// Works until it is cancelled: then what may have left is waited for until all of it is
    /// written down, and the rest is given back. Throws what stops all jobs alike.
    asio::awaitable<void> work();

    /// Works until nothing is due any more.
    asio::awaitable<Worked> work_until_empty();

    /// How many were made so far, however it ends.
    [[nodiscard]] std::size_t attempts() const { return attempts_; }

  private:
    asio::awaitable<void> work_on(bool until_empty);
    asio::awaitable<void> go_on(bool until_empty);
    asio::awaitable<std::size_t> start_due();
    asio::awaitable<void> rest();
    asio::awaitable<std::chrono::milliseconds> longest_pause();
    [[nodiscard]] bool has_room() const;
    asio::awaitable<void> run(Job job);
    asio::awaitable<void> give_back();

    Mirror& mirror_;
    JobClaims claims_;
    JobStore store_;
    JobAlarm alarm_;
    TaskGroup tasks_;
    Room workers_;
    Workshop shop_;
    std::size_t waiting_ = 0;          ///< claimed jobs that have no worker yet
    std::set<std::int64_t> under_way_; ///< claimed jobs
    std::size_t attempts_ = 0;
};

} // namespace pcmirror
