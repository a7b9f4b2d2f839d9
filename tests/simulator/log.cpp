#include "tests/simulator/log.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace pcmirror::simulator {

namespace {

// Older entries are dropped: a soak must not fill the memory.
constexpr std::size_t longest_log = 500'000;

// The most arrivals in any stretch of that length.
std::size_t busiest(const std::vector<std::int64_t>& arrivals, std::int64_t window_us) {
    std::size_t most = 0;
    std::size_t first = 0;
    for (std::size_t last = 0; last < arrivals.size(); ++last) {
        while (arrivals[last] - arrivals[first] >= window_us)
            ++first;
        most = std::max(most, last - first + 1);
    }
    return most;
}

// getrusage would tell the parent's, if that was larger before the fork.
std::uint64_t peak_memory_kb() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (std::uint64_t kilobytes = 0; word == "VmHWM:" && status >> kilobytes)
            return kilobytes;
    return 0;
}

double milliseconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
}

nlohmann::json to_json(const LogEntry& entry) {
    return {
        {"number", entry.number},
        {"arrived_ms", entry.arrived_ms},
        {"arrived_at_ms", entry.arrived_at_ms},
        {"method", entry.method},
        {"path", entry.path},
        {"query", entry.query},
        {"endpoint", entry.endpoint},
        {"customer", entry.customer},
        {"status", entry.status},
        {"fault", entry.fault},
        {"request_id", entry.request_id},
        {"correlation_id", entry.correlation_id},
        {"token_kind", entry.token_kind},
        {"token_serial", entry.token_serial},
        {"validate_mfa", entry.validate_mfa},
        {"continues", entry.continues},
        {"accept_encoding", entry.accept_encoding},
        {"bytes", entry.bytes},
        {"delay_ms", entry.delay_ms},
        {"retry_after", entry.retry_after},
        {"replayed", entry.replayed},
        {"effects", entry.effects},
    };
}

} // namespace

LogEntry Log::arrive(bool api) {
    const std::lock_guard lock(mutex_);
    const std::int64_t now_us = std::chrono::duration_cast<std::chrono::microseconds>(
                                    std::chrono::steady_clock::now() - start_
    )
                                    .count();
    const std::chrono::duration<double, std::milli> now_at =
        std::chrono::system_clock::now().time_since_epoch();
    if (api)
        api_arrivals_.push_back(now_us);
    return {
        .number = ++last_number_,
        .arrived_ms = static_cast<double>(now_us) / 1000,
        .arrived_at_ms = now_at.count(),
    };
}

void Log::add(LogEntry entry) {
    const std::lock_guard lock(mutex_);
    if (entries_.size() == longest_log)
        entries_.pop_front();
    entries_.push_back(std::move(entry));
}

std::string Log::lines(std::uint64_t since) const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const LogEntry& entry : entries_)
        if (entry.number > since) {
            // Paths come from outside and need not be UTF-8.
            text += to_json(entry).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
            text += '\n';
        }
    return text;
}

void Log::clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
    api_arrivals_.clear();
}

nlohmann::json Log::stats(std::chrono::milliseconds window) const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::map<std::string, std::uint64_t>> counts;
    std::uint64_t token_requests = 0;
    std::uint64_t bytes = 0;
    for (const LogEntry& entry : entries_) {
        ++counts[entry.endpoint.empty() ? "unknown" : entry.endpoint][std::to_string(entry.status)];
        token_requests += static_cast<std::uint64_t>(entry.endpoint == "token");
        bytes += entry.bytes;
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
    const std::chrono::duration<double, std::milli> up = std::chrono::steady_clock::now() - start_;
    return {
        {"requests", api_arrivals_.size()},
        {"token_requests", token_requests},
        {"by_endpoint", counts},
        {"bytes", bytes},
        {"window_ms", window.count()},
        {"max_requests_in_window", busiest(api_arrivals_, window.count() * 1000)},
        {"last_number", last_number_},
        {"cpu_ms", cpu_ms},
        {"uptime_ms", up.count()},
        {"busy_share", cpu_ms / std::max(up.count(), 1.0)},
        {"max_rss_kb", peak_memory_kb()},
    };
}

std::optional<int> Throttle::refuses(std::uint64_t limit, std::chrono::milliseconds window) {
    if (limit == 0)
        return {};
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    while (!arrivals_.empty() && now - arrivals_.front() >= window)
        arrivals_.pop_front();
    arrivals_.push_back(now);
    if (arrivals_.size() <= limit)
        return {};
    // The request after the wait must find room, too.
    const auto free_at = arrivals_[arrivals_.size() - limit] + window;
    return 1 +
           static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(free_at - now).count()
           );
}

} // namespace pcmirror::simulator
