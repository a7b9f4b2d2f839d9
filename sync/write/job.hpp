#pragma once

#include "schema/resource.hpp"
#include "sync/db/scope.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    int delays = 0;         ///< how often it was put off
    /// Its request may have taken effect: no answer is stored, for so long since that was known, or
    /// since it left.
    std::optional<std::chrono::duration<double>> silent_for;
    bool lost = false;   ///< that no answer would come was known to whoever sent it
    std::string sent_at; ///< as `read_timestamp` has it, to the second; empty: not in doubt
    /// The final answer is stored: only the mirror is left to be brought up to date.
    bool answered = false;
    std::string response; ///< JSON; empty: none
    std::string last_error;
    /// JSON: the members to change as they were before the first request; empty: not known, or it
    /// is changed without being read.
    std::string first_seen;
    /// The user whom the payload has by name, when a request of it left last; empty: none did, or
    /// it names nobody.
    std::string meant_user;
    std::chrono::duration<double> age{}; ///< since its first attempt, or somebody wanted it again
    std::chrono::steady_clock::time_point claimed_at = std::chrono::steady_clock::now();
};

/// The outcome of an attempt whose request did not leave.
inline constexpr std::string_view outcome_not_sent = "not sent";

/// How an attempt ended that is not the last one.
struct Postponed {
    std::chrono::milliseconds pause{};
    std::string error;
    int http_status = 0;       ///< 0: there was no answer
    std::string outcome;       ///< for write_job_attempts: `later`, `unanswered`
    bool same_request = false; ///< the next one carries the same request id
    bool in_doubt = false;     ///< it may have taken effect: that is looked up first
    bool lost = false;         ///< just now: it was sent, and there will be no answer
    bool grows = true;         ///< the next pause is a longer one
    bool counts = true;        ///< against write_back.max_attempts
    bool outdated = false;     ///< the resource had changed: `first_seen` guards the next one, too
};

/// The final answer to a job's request.
struct JobAnswer {
    int http_status = 0;               ///< 0: an earlier attempt was found to have taken effect
    std::string response;              ///< JSON without secrets; empty: none
    std::optional<std::string> secret; ///< what only the answer has
    std::string outcome;               ///< of the attempt; empty: succeeded
};

/// How a job ended.
struct JobEnd {
    std::string state; ///< `succeeded`, `failed`
    std::string error; ///< why it failed; of a success, what was wrong all the same
    int http_status = 0;
    std::optional<bool> confirmed;
    bool in_doubt = false; ///< failed, and may have taken effect: looked up first if tried again
};

/// What the mirror is to show of a resource after a job; the reading's lease says customer and when
/// the API was asked.
struct TouchedRows {
    const Resource* resource = nullptr;
    ScopeReading reading;
};

/// A scope whose next poll is to come at once and to compare all rows.
struct DueScope {
    std::string resource;
    std::string customer_id; ///< empty: a partner-wide resource
    std::string row_id;      ///< of what is read row by row: the one to be read
};

/// What is written down of a job in one transaction: any of its answer, what it did to the mirror,
/// and its end.
struct JobRecord {
    Job job;
    std::optional<JobAnswer> answer = {};
    std::vector<TouchedRows> touched = {};
    std::vector<DueScope> due = {};
    bool customer_leaves = false;
    std::optional<JobEnd> end = {};
};

} // namespace pcmirror
