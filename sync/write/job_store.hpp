#pragma once

#include "sync/db/pool.hpp"
#include "sync/write/job.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// The queue: pcmirror.jobs and what belongs to it. Every call is one transaction on the pool.
/// Throws `DatabaseError`.
class JobStore {
  public:
    explicit JobStore(DatabasePool& pool) : pool_(&pool) {}

    /// Claims what is due, at most so many, one of each lane; first what a dead daemon left behind.
    /// A daemon whose session is lost gets none: it throws (unreachable).
    asio::awaitable<std::vector<Job>> claim(std::int64_t daemon_id, int at_most);

    /// Notes that the request is about to leave. False: it must not, since the job was cancelled
    /// (then it has ended), or is somebody else's by now.
    asio::awaitable<bool> send(Job job, std::int64_t daemon_id);

    /// Notes the final answer; the request is not sent again whatever happens from here.
    asio::awaitable<bool> answer(
        Job job,
        int http_status, ///< 0: an earlier attempt was found to have taken effect
        std::string response,
        std::optional<std::string> secret,
        std::string outcome ///< of the attempt; empty: succeeded
    );

    /// Gives the job back for another attempt. False: it is somebody else's by now.
    asio::awaitable<bool> postpone(Job job, Postponed postponed);

    /// Ends jobs; their secrets are wiped. Returns those that were still this process's.
    asio::awaitable<std::vector<std::int64_t>> end(std::vector<std::pair<Job, JobEnd>> ended);

    /// Removes jobs, at most so many, that ended longer ago, with their idempotency keys. Returns
    /// how many.
    asio::awaitable<std::int64_t> prune(std::chrono::seconds keep, int at_most);

    /// Gives back what this daemon holds; what it sent may have taken effect, and stays in doubt.
    asio::awaitable<void> release(std::int64_t daemon_id);

    /// When the next job is due of those that wait for their time; nothing: none waits.
    asio::awaitable<std::optional<std::chrono::duration<double>>> next_due();

  private:
    DatabasePool* pool_;
};

} // namespace pcmirror
