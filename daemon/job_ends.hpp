#pragma once

#include "sync/write/queue.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pcmirror {

/// A job that somebody waited for, and what they know it by.
struct AwaitedJob {
    std::string place; ///< `leavers.csv:3`; empty: there was only this one
    std::int64_t job_id = 0;
};

/// Names on a line each what did not succeed, with the reason, and how to fetch secrets that wait.
/// So many at most; the rest is counted. Empty: there is nothing to tell.
std::string
ends_text(const std::vector<AwaitedJob>& jobs, const std::map<std::int64_t, JobFate>& fates);

/// `a secret of its answer waits: pcmirror job secret 4711 prints it, once, within a day`
std::string secret_text(std::int64_t job_id);

} // namespace pcmirror
