#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace pcmirror {

/// How fast a counter grew lately. Pure: times come from outside.
class Pace {
  public:
    using Instant = std::chrono::steady_clock::time_point;

    explicit Pace(std::chrono::seconds window) : window_(window) {}

    void add(Instant now, std::uint64_t value);

    /// Growth within the window.
    [[nodiscard]] std::uint64_t growth() const;
    [[nodiscard]] double per_second() const;

  private:
    struct Sample {
        Instant at = {};
        std::uint64_t value = 0;
    };

    std::chrono::seconds window_;
    std::deque<Sample> samples_;
};

/// What a line of progress says.
struct ProgressFigures {
    std::string resource;
    std::uint64_t done = 0; ///< scopes
    std::uint64_t total = 0;
    double scopes_per_second = 0;
    /// What is asked one by one, `users`, where one scope can take hours; empty: nothing is.
    std::string rows = {};
    std::uint64_t rows_done = 0;
    std::uint64_t rows_total = 0;
    double rows_per_second = 0;
    double requests_per_second = 0;
    std::optional<int> budget_left = {}; ///< percent of this minute's requests; none: no budget
};

/// `subscriptions  512/20000 scopes  41.2/s  8.3 requests/s  budget 12% left  7m54s to go`, or
/// `user_licenses  3/200 scopes  512/20000 users  8.3 requests/s  40m3s to go`
std::string progress_words(const ProgressFigures& figures);

/// The same with a bar, on one line of at most `width` columns.
std::string progress_bar(const ProgressFigures& figures, std::size_t width);

/// The time that is left at this pace, coarse: `7m54s`, `20h12m`. Empty where it can't be told.
std::string time_to_go(const ProgressFigures& figures);

} // namespace pcmirror
