#pragma once

#include "sync/db/pool.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// Jobs that wait because somebody said so.
struct JobPause {
    std::string customer_id; ///< empty: all jobs
    std::string since;       ///< ISO 8601
    std::string by;
};

/// A job that was put off.
struct PutOffJob {
    std::int64_t job_id = 0;
    std::string why;
};

/// How the queue of write-back jobs stands.
struct QueueReport {
    // Every job that has not ended is one of these.
    std::uint64_t due = 0;      ///< queued, its time has come, never attempted
    std::uint64_t later = 0;    ///< queued, its time is still to come
    std::uint64_t retrying = 0; ///< queued, attempted before
    std::uint64_t held = 0;     ///< since the database was restored, until they are released
    std::uint64_t running = 0;
    // Of those that ended lately.
    std::uint64_t succeeded = 0;
    std::uint64_t unconfirmed = 0; ///< of those, what the mirror was not seen to show
    std::uint64_t failed = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t secrets_waiting = 0; ///< whose answers had a secret that nobody fetched yet
    /// So long the oldest job waits that might be worked on. Absent: none does.
    std::optional<double> oldest_waiting_seconds;
    // So long the oldest of each of these waits or runs.
    std::optional<double> due_seconds;
    std::optional<double> retrying_seconds;
    std::optional<double> held_seconds;
    std::optional<double> running_seconds;
    std::optional<PutOffJob> put_off; ///< the first of those that were; absent: none was
    std::vector<JobPause> pauses;

    [[nodiscard]] std::uint64_t queued() const { return due + later + retrying + held; }
};

/// What has ended lately: within a day.
inline constexpr double lately_seconds = 24 * 60 * 60;

/// Reads it in one transaction, `lately` in seconds. Blocks. Throws `DatabaseError`.
QueueReport read_queue(DatabasePool& pool, double lately = lately_seconds);

/// The same, suspending.
asio::awaitable<QueueReport> read_queue_beside(DatabasePool& pool, double lately);

} // namespace pcmirror
