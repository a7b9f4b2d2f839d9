#pragma once

#include "config/log.hpp"
#include "sync/db/pool.hpp"
#include "sync/http/clock.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <type_traits>

namespace pcmirror {

/// How long a pass bears a database that is away: a restart of PostgreSQL must not cost a pass.
/// Each outage is waited for once, by however many and however often they ask. One thread.
class Patience {
  public:
    explicit Patience(Clock& clock = system_clock()) : clock_(clock) {}

    /// Runs database work until the database is there again. `work` makes the awaitable anew for
    /// each try and must bear being repeated after a commit whose answer was lost. Gives up with
    /// what the last try threw once an outage lasts for a minute, which others may have waited
    /// already, and on work that fails alone after five.
    template <typename Work> auto wait_for(Work work) -> decltype(work()) {
        std::optional<Instant> failing_since;
        std::chrono::milliseconds pause{100};
        while (true) {
            try {
                if constexpr (std::is_void_v<typename decltype(work())::value_type>) {
                    co_await work();
                    away_since_.reset();
                    co_return;
                } else {
                    auto result = co_await work();
                    away_since_.reset();
                    co_return result;
                }
            } catch (const DatabaseError& error) {
                const bool first = !failing_since;
                failing_since = failing_since.value_or(clock_.now());
                if (!passes(error) || is_over(*failing_since))
                    throw;
                event(
                    first ? Level::warn : Level::debug,
                    "database.lost",
                    {{field::error, error.what()}}
                );
            }
            co_await sleep_for(clock_, pause);
            pause = std::min(pause * 2, std::chrono::milliseconds(3000));
        }
    }

  private:
    /// Notes an outage, or that there is none.
    bool passes(const DatabaseError& error) {
        const bool away = error.trouble() == DatabaseTrouble::unreachable ||
                          error.trouble() == DatabaseTrouble::in_doubt;
        away_since_ = away ? std::optional(away_since_.value_or(clock_.now())) : std::nullopt;
        return away;
    }

    /// Who meets one outage after the other looks like who fails alone while others succeed,
    /// perhaps because it is this work that brings the database down: so that ends, too.
    [[nodiscard]] bool is_over(Instant failing_since) const {
        constexpr std::chrono::minutes limit{1};
        constexpr std::chrono::minutes limit_alone{5};
        const Instant now = clock_.now();
        return now - *away_since_ > limit || now - failing_since > limit_alone;
    }

    Clock& clock_;
    std::optional<Instant> away_since_; ///< nothing has succeeded since
};

} // namespace pcmirror
