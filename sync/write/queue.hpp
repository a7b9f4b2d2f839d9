#pragma once

#include "sync/db/pool.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// A job to be queued.
struct NewJob {
    std::string operation;
    std::string customer_id; ///< empty: of the partner itself
    std::string payload = "{}";
    std::string idempotency_key; ///< empty: none
    std::string run_after;       ///< empty: at once
    int priority = 0;
};

/// A job as `pcmirror.write_jobs` has it.
struct ShownJob {
    std::int64_t job_id = 0;
    std::string operation;
    std::string customer_id;
    std::string state;
    int attempts = 0;
    std::string run_after;
    std::string created_at;
    std::string finished_at; ///< empty: not yet
    std::string blocked_by;  ///< empty: nothing
    bool paused = false;     ///< as all jobs, or those of its customer
    std::string last_error;
    bool later = false;        ///< queued, never attempted, and its time is still to come
    bool held = false;         ///< since the database was restored, until it is released
    bool secret_waits = false; ///< of its answer, to be handed out
    std::string json;          ///< all of it, with its attempts
};

/// A job as it was queued.
struct AddedJob {
    std::int64_t job_id = 0;
    bool is_new = false; ///< else its idempotency key was there already, with the same job
};

/// What became of a job.
struct JobFate {
    std::string state;
    std::string last_error;    ///< empty: none
    bool secret_waits = false; ///< of its answer, to be handed out
};

/// What people do with the queue: the database's functions (pcmirror.enqueue_job, ...) decide. Each
/// call blocks and is one transaction. Throws `Error`: fix_config where a function refuses, with
/// its words; `DatabaseError`.
class Queue {
  public:
    explicit Queue(DatabasePool& pool) : pool_(&pool) {}

    AddedJob add(const NewJob& job);

    /// Throws as `add` would, and queues nothing.
    void check(const NewJob& job);

    /// Newest first. `state`, `customer_id`: empty for all.
    std::vector<ShownJob>
    list(const std::string& state, const std::string& customer_id, int at_most);

    /// Nothing: there is no such job.
    std::optional<ShownJob> show(std::int64_t job_id);

    /// How many of these jobs are in each state; removed ones in none.
    std::map<std::string, std::uint64_t> states_of(const std::vector<std::int64_t>& job_ids);

    /// What became of these jobs, by number; removed ones are absent.
    std::map<std::int64_t, JobFate> fates_of(const std::vector<std::int64_t>& job_ids);

    /// The state it has then: `cancelled`, or `cancelling` where a daemon is at it.
    std::string cancel(std::int64_t job_id);
    void retry(std::int64_t job_id);

    /// Hands out what only the answer had; it is gone only once the function says that it took it.
    /// Whether it did.
    bool secret(std::int64_t job_id, const std::function<bool(const std::string&)>& take);

    /// `customer_id` empty: all.
    void pause(const std::string& customer_id);
    bool resume(const std::string& customer_id);
    std::int64_t release(const std::string& customer_id);

  private:
    template <typename... Values>
    pqxx::result call(const char* doing, const std::string& sql, const Values&... values);

    DatabasePool* pool_;
};

} // namespace pcmirror
