#pragma once

#include "sync/http/transport.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror {

/// What an answer means for a reading call (platform page, section 4). Pure.
enum class Verdict {
    ok,    ///< 2xx with a body
    retry, ///< 408, 5xx of the passing kind, 409, 423, 425, 509, 204 "not ready yet", broken body
    throttled, ///< 429
    sign_in,   ///< 401: one forced refresh, one retry
    mfa,       ///< 401 with 900421, or an empty one that hints at MFA: a person must act, no retry
    refused,   ///< 403: this customer (or the whole partner) is not ours to read, for now
    not_found, ///< 404, 410
    failed,    ///< any other 4xx, 501: final
};

/// The error body in whichever of the documented shapes it came.
struct ApiError {
    int code = 0;            ///< 0 when there is none
    std::string description; ///< one line, entities undone, at most 300 characters; may be empty
};

/// Takes out of a text what nobody may read.
using Masking = std::function<std::string(std::string)>;

/// `mask` sees a text as the API sent it, and once its entities are undone; none: nothing is
/// secret.
ApiError read_api_error(std::string_view body, const Masking& mask = nullptr);

/// What is wrong with an answer of 2xx that is no success, as it follows the status (", but its
/// body is empty"); empty where nothing is, and for all others.
std::string flaw_in_success(int status, std::string_view body);

Verdict judge(const HttpResponse& response, const ApiError& error);

/// `Retry-After` in seconds or as HTTP-date; nothing when absent or unreadable; never negative, at
/// most a day.
std::optional<std::chrono::seconds>
retry_after(const Headers& headers, std::chrono::system_clock::time_point now);

/// Exponential back-off with full jitter: 0.5 s doubling to at most 60 s. `random` is in [0, 1).
std::chrono::milliseconds back_off(int attempt, double random);

} // namespace pcmirror
