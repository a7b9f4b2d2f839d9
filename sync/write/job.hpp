#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace pcmirror {

/// A job that this process has claimed. The token fences: whatever is written for it is dropped
/// once somebody else claimed it.
struct Job {
    std::int64_t job_id = 0;
    std::int64_t token = 0;
    std::string operation;
    std::string customer_id;                    ///< empty: of the partner itself
    std::string payload;                        ///< JSON, secrets masked
    std::map<std::string, std::string> secrets; ///< by field
    int attempts = 0;
    int failures = 0;
    std::string request_id; ///< of the attempt that is to come, or that may have taken effect
    /// Its request may have taken effect: it left so long ago, and no answer is stored.
    std::optional<std::chrono::duration<double>> sent_ago;
    /// The final answer is stored: only the mirror is left to be brought up to date.
    bool answered = false;
    int http_status = 0;
    std::string response; ///< JSON; empty: none
    std::string last_error;
    std::chrono::duration<double> age{}; ///< since it was queued, or somebody wanted it again
};

/// How an attempt ended that is not the last one.
struct Postponed {
    std::chrono::milliseconds pause{};
    std::string error;
    int http_status = 0;       ///< 0: there was no answer
    std::string outcome;       ///< for write_job_attempts: `later`, `unanswered`
    bool same_request = false; ///< the next one carries the same request id
    bool in_doubt = false;     ///< it may have taken effect: that is looked up first
    bool counts = true;        ///< against write_back.max_attempts
};

/// How a job ended.
struct JobEnd {
    std::string state; ///< `succeeded`, `failed`, `cancelled`
    std::string error; ///< why it failed
    int http_status = 0;
    std::string response; ///< JSON without secrets; empty: none
    std::optional<bool> confirmed;
    std::string outcome; ///< of the last attempt; empty: as the state
};

} // namespace pcmirror
