#pragma once

#include "sync/db/pool.hpp"
#include "sync/write/queue.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace pcmirror {

/// A job of a batch.
struct BatchJob {
    std::uint64_t line = 0; ///< where it stands in its file
    NewJob job;             ///< its customer by id or domain
    std::string problem;    ///< why it can't be queued; empty: not known to be so
};

/// Hands out the jobs of a batch, some at a time; none: that was all.
using BatchSource = std::function<std::vector<BatchJob>()>;

/// A job as it was queued.
struct BatchedJob {
    std::uint64_t line = 0;
    std::int64_t job_id = 0;
    bool is_new = false; ///< else its idempotency key was there already, with the same job
};

struct RefusedLine {
    std::uint64_t line = 0;
    std::string why; ///< without values of secret fields
};

/// What became of a batch: all of its jobs were queued, or none.
struct BatchOutcome {
    std::vector<BatchedJob> jobs;
    std::uint64_t lines = 0;
    std::uint64_t refused = 0;        ///< 0: all were queued
    std::vector<RefusedLine> reasons; ///< of the first ones, in the order of the file
};

/// Ids of customers that are named by their domain.
class CustomerNames {
  public:
    /// Replaces names by ids. Where that can't be, the job's problem says why.
    void resolve(pqxx::transaction_base& transaction, std::vector<BatchJob>& jobs);

  private:
    void look_up(pqxx::transaction_base& transaction, const std::vector<std::string>& names);

    struct Found {
        std::string customer_id;
        std::string problem;
    };

    std::unordered_map<std::string, Found> known_;
};

/// Marks the jobs whose `run_after` is no time.
void check_times(pqxx::transaction_base& transaction, std::vector<BatchJob>& jobs);

/// Marks the jobs that would not be queued, with the reason.
void check_refusals(pqxx::transaction_base& transaction, std::vector<BatchJob>& jobs);

/// Queues a batch in one transaction, in its order; where a line is refused, nothing is, and the
/// others are looked at all the same. `open` begins at the first job; it is called again where the
/// transaction has to be. Blocks. Throws `Error`: what the source throws, fix_config where nothing
/// may be queued at all; `DatabaseError`.
BatchOutcome queue_batch(DatabasePool& pool, const std::function<BatchSource()>& open);

} // namespace pcmirror
