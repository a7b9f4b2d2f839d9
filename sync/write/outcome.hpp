#pragma once

#include "sync/http/retry.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace pcmirror {

/// What the answer to a write means for its job (platform page, sections 3.3 and 4).
enum class Outcome {
    done,        ///< 2xx: what it says is the result; 202 without a body will show it later
    same_again,  ///< 408, 429, 5xx: again, under the same request id, as if unanswered
    throttled,   ///< 429: the same, and it says nothing of the job
    later,       ///< busy: again after a while, under a new request id
    fetch_again, ///< the resource changed meanwhile: read it, and again under a new id
    gone,        ///< 404, 410: there is no such thing (any more)
    exists,      ///< 409, or a code that says that it is so already
    refused,     ///< somebody must act: a right, an agreement, a credit line
    failed,      ///< final
};

/// Of an answer that is no success, the code counts before the status; an unknown code by status.
Outcome judge_write(int status, const ApiError& error);

/// How long to wait after the n-th failure (from 1) of an attempt, where the answer does not say:
/// seconds at first for what passes by itself, minutes for what is busy, doubling, with jitter.
/// `random` is in [0, 1).
std::chrono::milliseconds pause_before_retry(Outcome outcome, int failures, double random);

/// What to do about a failure, for codes that deserve more words than the API has; may be empty.
std::string_view advice(int status, const ApiError& error);

} // namespace pcmirror
