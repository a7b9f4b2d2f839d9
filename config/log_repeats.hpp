#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Keeps one event from filling the log: of each name so many lines a minute are written, the rest
/// is counted. Pure but for the time it is told.
class RepeatLimit {
  public:
    using Instant = std::chrono::steady_clock::time_point;

    struct Left {
        std::string name;
        std::uint64_t lines = 0;
    };

    static constexpr int lines_a_minute = 120;

    /// Whether a line of this name may be written.
    bool take(std::string_view name, Instant now);

    /// What was left out in minutes that are over.
    std::vector<Left> over(Instant now);

    /// What was left out and not told yet.
    std::vector<Left> rest() { return over(Instant::max()); }

  private:
    struct Minute {
        Instant began = {};
        int lines = 0;
        std::uint64_t left_out = 0;
    };

    std::map<std::string, Minute, std::less<>> minutes_;
    Instant next_look_ = Instant::min();
};

} // namespace pcmirror
