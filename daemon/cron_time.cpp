#include "daemon/cron_time.hpp"

#include "config/cron.hpp"
#include "config/read.hpp"
#include "schema/error.hpp"

#include <algorithm>
#include <date/tz.h>

namespace pcmirror {
namespace {

using date::local_days;
using date::local_seconds;
using date::sys_seconds;

// 29 February can be eight years away.
constexpr int days_ahead = 9 * 366;

const date::time_zone& zone_of(const std::string& name) {
    if (!name.empty())
        return *date::locate_zone(name);
    try {
        return *date::current_zone();
    } catch (const std::runtime_error&) {
        // A machine without /etc/localtime keeps UTC.
        return *date::locate_zone("Etc/UTC");
    }
}

bool takes_day(const Cron& cron, local_days day) {
    const date::year_month_day calendar(day);
    if (!cron.months.test(static_cast<unsigned>(calendar.month())))
        return false;
    const bool of_month = cron.days.test(static_cast<unsigned>(calendar.day()));
    const bool of_week = cron.weekdays.test(date::weekday(day).c_encoding());
    return cron.any_day || cron.any_weekday ? of_month && of_week : of_month || of_week;
}

/// When a local minute is, after `after`; nothing when it is over.
std::optional<sys_seconds>
moment(const date::time_zone& zone, local_seconds minute, bool every_hour, sys_seconds after) {
    const date::local_info info = zone.get_info(minute);
    const auto at = [&](const date::sys_info& of) {
        return sys_seconds(minute.time_since_epoch() - of.offset);
    };
    sys_seconds found = at(info.first);
    if (info.result == date::local_info::nonexistent)
        found = info.first.end;
    else if (info.result == date::local_info::ambiguous && found <= after && every_hour)
        found = at(info.second);
    return found > after ? std::optional(found) : std::nullopt;
}

std::optional<sys_seconds> first_of_hour(
    const date::time_zone& zone, const Cron& cron, local_seconds hour, sys_seconds after
) {
    std::optional<sys_seconds> first;
    // All of the hour: in the one that comes twice, an earlier minute can be the later moment.
    for (unsigned minute = 0; minute < 60; ++minute) {
        if (!cron.minutes.test(minute))
            continue;
        const auto found =
            moment(zone, hour + std::chrono::minutes(minute), cron.hours.all(), after);
        if (found && (!first || *found < *first))
            first = found;
    }
    return first;
}

std::optional<sys_seconds>
first_of_day(const date::time_zone& zone, const Cron& cron, local_days day, sys_seconds after) {
    for (unsigned hour = 0; hour < 24; ++hour) {
        if (!cron.hours.test(hour))
            continue;
        const local_seconds begins = day + std::chrono::hours(hour);
        if (const auto found = first_of_hour(zone, cron, begins, after))
            return found;
    }
    return std::nullopt;
}

} // namespace

WallTime next_fire(const std::string& cron, const std::string& timezone, WallTime after) {
    const CronReading reading = read_cron(cron);
    if (!reading.flaw.empty())
        throw Error(Recovery::bug, "cron \"" + cron + "\" " + reading.flaw);
    const date::time_zone& zone = zone_of(timezone);
    const auto since = date::floor<std::chrono::seconds>(after);
    // The day before, too: a clock put back over midnight repeats a part of it.
    const local_days today = date::floor<date::days>(zone.to_local(since));
    for (int ahead = -1; ahead < days_ahead; ++ahead) {
        const local_days day = today + date::days(ahead);
        if (!takes_day(reading.cron, day))
            continue;
        if (const auto found = first_of_day(zone, reading.cron, day, since))
            return *found;
    }
    throw Error(Recovery::bug, "cron \"" + cron + "\" never fires");
}

Interval interval_of(const Schedule& schedule, WallTime now) {
    if (schedule.cron.empty()) {
        const Milliseconds every = schedule.every.value_or(Milliseconds(0));
        return {every, every};
    }
    constexpr int looked_at = 30;
    WallTime fire = next_fire(schedule.cron, schedule.timezone, now);
    Interval interval{Milliseconds::max(), Milliseconds(0)};
    for (int run = 0; run < looked_at; ++run) {
        const WallTime next = next_fire(schedule.cron, schedule.timezone, fire);
        const auto gap = std::chrono::duration_cast<Milliseconds>(next - fire);
        interval.shortest = std::min(interval.shortest, gap);
        interval.longest = std::max(interval.longest, gap);
        fire = next;
    }
    return interval;
}

Milliseconds comes_every(const Schedule& schedule) {
    return interval_of(schedule, std::chrono::system_clock::now()).longest + schedule.jitter;
}

Milliseconds round_lasts(const Schedule& schedule, WallTime now) {
    constexpr Milliseconds clocks_differ_by = std::chrono::minutes(1);
    if (schedule.every)
        return *schedule.every -
               std::min<Milliseconds>(*schedule.every / 10, std::chrono::seconds(1));
    const auto since_due = std::chrono::floor<Milliseconds>(now - last_fire(schedule, now));
    return std::max(since_due, std::min(clocks_differ_by, interval_of(schedule, now).shortest / 2));
}

Milliseconds spread_over(const Schedule& schedule, WallTime now) {
    if (!schedule.every)
        return Milliseconds(0);
    const Milliseconds before_stale = stale_after(schedule, now) / 10 * 9 - *schedule.every;
    return std::clamp(before_stale, Milliseconds(0), *schedule.every / 10 * 9);
}

std::optional<Milliseconds> comes_every(const Settings& settings, const Resource& resource) {
    const auto schedule = settings.schedules.find(std::string(resource.name));
    if (schedule == settings.schedules.end())
        return std::nullopt;
    return comes_every(schedule->second);
}

WallTime last_fire(const Schedule& schedule, WallTime now) {
    // Longer than the longest gap, and than an hour that a clock left out.
    WallTime last = now - interval_of(schedule, now).longest - std::chrono::hours(25);
    while (true) {
        const WallTime next = next_fire(schedule.cron, schedule.timezone, last);
        if (next > now)
            return last;
        last = next;
    }
}

Milliseconds stale_after(const Schedule& schedule, WallTime now) {
    constexpr int intervals = 3;
    return schedule.stale_after ? *schedule.stale_after
                                : interval_of(schedule, now).longest * intervals;
}

std::string show_schedule(const Schedule& schedule) {
    if (schedule.cron.empty())
        return "every " + show_duration(schedule.every.value_or(Milliseconds(0)));
    return schedule.timezone.empty() ? schedule.cron : schedule.cron + ' ' + schedule.timezone;
}

} // namespace pcmirror
