#pragma once

#include "sync/write/attempt.hpp"
#include "sync/write/job_effects.hpp"

#include <memory>
#include <string>

namespace pcmirror {

/// Writes down what came of an attempt, and what it did to the mirror. Lives as long as the
/// attempt; its parts outlive it.
class AttemptEnd {
  public:
    /// `worker` is given back where only the mirror is waited for.
    AttemptEnd(Workshop& shop, Attempt& attempt, std::shared_ptr<void> worker)
        : shop_(shop), attempt_(attempt), worker_(std::move(worker)) {}

    /// The request took effect. The answer is kept without what is secret in it; `outcome` is the
    /// attempt's, empty: succeeded. Throws what stops all jobs alike.
    asio::awaitable<void> succeed(int http_status, Document answer, std::string outcome);

    /// It was answered before: only the mirror is behind. Throws as `succeed`.
    asio::awaitable<void> show_again();

    /// It did not, or is not known to have; `http_status` 0: no answer says so. What is known to
    /// have taken effect succeeded all the same, whatever is wrong with the mirror.
    asio::awaitable<void> fail(int http_status, std::string error);

    /// There will be another attempt.
    asio::awaitable<void> postpone(Postponed later);

  private:
    asio::awaitable<void> show_and_end(JobRecord record, Document answer);
    asio::awaitable<bool> write_answer(JobRecord& record);
    asio::awaitable<bool> read_rest(JobEffects& effects, JobRecord& record);
    asio::awaitable<void> end_unshown(std::string trouble);
    asio::awaitable<void> finish(JobRecord record, JobEnd end);
    [[nodiscard]] JobRecord fresh_record() const;
    [[nodiscard]] JobEffects effects();

    Workshop& shop_;
    Attempt& attempt_;
    std::shared_ptr<void> worker_;
};

} // namespace pcmirror
