#pragma once

#include "config/settings.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace pcmirror {

using WallTime = std::chrono::system_clock::time_point;

/// The first moment after `after` at which a cron expression fires, in a time zone; without one in
/// the machine's own. As cron does it when clocks change: what falls into the hour that is left out
/// fires at its end; in the hour that comes twice, only expressions for every hour fire twice. The
/// expression must be one that `read_cron` takes.
WallTime next_fire(const std::string& cron, const std::string& timezone, WallTime after);

/// The last moment up to `now` at which a schedule's cron fired.
WallTime last_fire(const Schedule& schedule, WallTime now);

/// The times between one run of a schedule and the next.
struct Interval {
    Milliseconds shortest{0};
    Milliseconds longest{0};
};

/// Of a cron schedule by its next few dozen runs.
Interval interval_of(const Schedule& schedule, WallTime now);

/// The longest time from one pass to the next, jitter included.
Milliseconds comes_every(const Schedule& schedule);
/// The same for a resource; nothing where it has no schedule.
std::optional<Milliseconds> comes_every(const Settings& settings, const Resource& resource);

/// How long a round lasts: after that, whoever is due begins another.
Milliseconds round_lasts(const Schedule& schedule, WallTime now);

/// Over how much of its interval a round spreads its scopes: nine tenths, unless the oldest of them
/// were stale by then, when a bulk that was read at once is spread for the first time.
Milliseconds spread_over(const Schedule& schedule, WallTime now);

/// The age at which the data of a resource is stale.
Milliseconds stale_after(const Schedule& schedule, WallTime now);

/// `every 15m`, `0 */2 * * * Europe/Paris`
std::string show_schedule(const Schedule& schedule);

} // namespace pcmirror
