#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror::simulator {

/// One request to the API or the token endpoint, and what became of it.
struct LogEntry {
    std::uint64_t number = 0;
    double arrived_ms = 0;    ///< since the simulator started, by a clock that never goes back
    double arrived_at_ms = 0; ///< since 1970, by the clock that other programs look at, too
    std::string method = {};
    std::string path = {};
    std::string query = {};
    std::string endpoint = {}; ///< `list_customers`, `token`, ...; empty: unknown path
    std::string customer = {};
    int status = 0; ///< as answered; 0: no answer was sent
    std::string fault = {};
    std::string request_id = {};
    std::string correlation_id = {};
    std::string token_kind = {}; ///< app, user, or empty: none that is good
    std::uint64_t token_serial = 0;
    bool validate_mfa = false;
    bool continues = false; ///< asked for a further page
    std::string accept_encoding = {};
    std::size_t bytes = 0;        ///< of the body, as sent
    std::int64_t delay_ms = 0;    ///< until the first byte of the answer
    std::string retry_after = {}; ///< as answered
    bool replayed = false;        ///< the first answer to this request id, again
    std::size_t effects = 0;      ///< see `WriteEffect`
};

/// What was asked of the simulator.
class Log {
  public:
    /// Numbers a request and notes its arrival; `api`: it counts against the request budget.
    LogEntry arrive(bool api);
    void add(LogEntry entry);

    /// Entries numbered above `since`, one JSON object a line.
    [[nodiscard]] std::string lines(std::uint64_t since) const;
    void clear();
    /// Counts by endpoint and status, the busiest window, CPU time.
    [[nodiscard]] nlohmann::json stats(std::chrono::milliseconds window) const;

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    mutable std::mutex mutex_;
    std::uint64_t last_number_ = 0;
    std::vector<std::int64_t> api_arrivals_; ///< microseconds since the start, ascending
    std::deque<LogEntry> entries_;
};

/// The request limit of the partner tenant, over a sliding window. Every request counts, also one
/// that is refused.
class Throttle {
  public:
    /// Nothing, or the seconds until there is room again.
    std::optional<int> refuses(std::uint64_t limit, std::chrono::milliseconds window);

  private:
    std::mutex mutex_;
    std::deque<std::chrono::steady_clock::time_point> arrivals_;
};

} // namespace pcmirror::simulator
