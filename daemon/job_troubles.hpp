#pragma once

#include <chrono>
#include <string>

namespace pcmirror {

/// Which of the troubles that stop all jobs is news: one that goes on is told once, one that comes
/// back after better times is told again. Pure.
class JobTroubles {
  public:
    /// `worked_for` is how long jobs were done before it.
    bool is_news(const std::string& trouble, std::chrono::steady_clock::duration worked_for) {
        const bool goes_on = worked_for < better_times && trouble == told_;
        told_ = trouble;
        return !goes_on;
    }

  private:
    // Longer than it takes to find out that the database is still away.
    static constexpr std::chrono::minutes better_times{2};

    std::string told_;
};

} // namespace pcmirror
