#pragma once

#include "sync/db/pool.hpp"

#include <cstdint>
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
    bool held = false;       ///< since the database was restored
    bool paused = false;     ///< as all jobs, or those of its customer
    std::string last_error;
    std::string json; ///< all of it, with its attempts
};

/// What people do with the queue: the database's functions (pcmirror.enqueue_job, ...) decide. Each
/// call blocks and is one transaction. Throws `Error`: fix_config where a function refuses, with
/// its words; `DatabaseError`.
class Queue {
  public:
    explicit Queue(DatabasePool& pool) : pool_(&pool) {}

    std::int64_t add(const NewJob& job);

    /// What is wrong with a payload; empty: it may be queued.
    std::vector<std::string> problems(const std::string& operation, const std::string& payload);

    /// Newest first. `state`, `customer_id`: empty for all.
    std::vector<ShownJob>
    list(const std::string& state, const std::string& customer_id, int at_most);

    /// Nothing: there is no such job.
    std::optional<ShownJob> show(std::int64_t job_id);

    /// How many of these jobs are in each state; removed ones in none.
    std::map<std::string, std::uint64_t> states_of(const std::vector<std::int64_t>& job_ids);

    /// Those of these jobs that are in a state, by number.
    std::vector<std::int64_t>
    those_in(const std::string& state, const std::vector<std::int64_t>& job_ids);

    /// The state it has then: `cancelled`, or `cancelling` where a daemon is at it.
    std::string cancel(std::int64_t job_id);
    void retry(std::int64_t job_id);
    std::string secret(std::int64_t job_id);

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
