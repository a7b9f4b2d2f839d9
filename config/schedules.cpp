#include "config/schedules.hpp"

#include "config/by_resource.hpp"
#include "config/checks.hpp"

#include <array>
#include <fmt/format.h>

namespace pcmirror {

namespace {

struct Need {
    std::string_view resource;
    std::string_view needs;
    std::string_view why;
};

constexpr std::array needs = {
    Need{"user_licenses", "users", "licenses are read user by user"},
    Need{"user_licenses", "subscribed_skus", "their counts tell whose licenses changed"}};

/// The customer list decides what all other polls do: it is spread and watched more closely.
constexpr std::string_view watched = "customers";
constexpr Milliseconds watched_jitter = std::chrono::seconds(30);
constexpr Milliseconds watched_stale_after = std::chrono::hours(1);

Keys<Schedule> schedule_keys() {
    const Milliseconds shortest = std::chrono::seconds(1);
    const auto positive = maybe(duration(Milliseconds(1)));
    return {
        key<Schedule>("every", &Schedule::every, maybe(duration(shortest))),
        key<Schedule>(
            "cron",
            &Schedule::cron,
            text(
                "minute hour day month weekday in quotes, such as \"0 */2 * * *\", or @daily",
                check_cron
            )
        ),
        key<Schedule>(
            "timezone", &Schedule::timezone, text("a name such as Europe/Paris", check_timezone)
        ),
        key<Schedule>("jitter", &Schedule::jitter, duration(Milliseconds(0))),
        key<Schedule>("stale_after", &Schedule::stale_after, positive),
        key<Schedule>("full_every", &Schedule::full_every, maybe(duration(shortest)))};
}

/// Reports at a member of the schedule.
void wrong_at(
    const Place& schedule, std::string_view member, std::string_view what, std::string accepted
) {
    if (const Entry* entry = schedule.node.find(member))
        schedule.below(*entry, std::move(accepted)).wrong(what);
}

void check_schedule(const Place& place, const Resource& resource, Schedule& schedule) {
    if (schedule.every && !schedule.cron.empty())
        wrong_at(place, "cron", "stands beside every", "either every or cron");
    if (!schedule.timezone.empty() && schedule.cron.empty() && place.node.find("cron") == nullptr)
        wrong_at(place, "timezone", "stands without cron", "a timezone belongs to cron");
    if (schedule.full_every && !resource.full_every)
        wrong_at(
            place,
            "full_every",
            fmt::format("{} has no rolling re-read", resource.name),
            "only where a resource has one"
        );
    if (place.node.find("every") == nullptr && place.node.find("cron") == nullptr)
        schedule.every = resource.every;
    if (schedule.every && schedule.jitter >= *schedule.every)
        wrong_at(
            place,
            "jitter",
            fmt::format("\"{}\" is not less than every", show_duration(schedule.jitter)),
            "less than " + show_duration(*schedule.every)
        );
}

Schedule first_schedule(const Settings&, const Resource& resource) {
    Schedule schedule;
    schedule.full_every = resource.full_every;
    return schedule;
}

} // namespace

Key<Settings> schedules_key() {
    return by_resource<Settings, Schedule>(
        "schedules", {&Settings::schedules, schedule_keys(), first_schedule, check_schedule}
    );
}

std::map<std::string, Schedule> default_schedules(const Catalogue& catalogue) {
    std::map<std::string, Schedule> schedules;
    for (const Resource* resource : catalogue) {
        Schedule& schedule = schedules[std::string(resource->name)];
        schedule.every = resource->every;
        schedule.full_every = resource->full_every;
        if (resource->name == watched) {
            schedule.jitter = watched_jitter;
            schedule.stale_after = watched_stale_after;
        }
    }
    return schedules;
}

void finish_schedules(const Place& place, const Settings& settings) {
    for (const Need& need : needs) {
        const Entry* entry = place.node.find(need.resource);
        if (entry == nullptr || !settings.schedules.contains(entry->key))
            continue;
        if (place.node.find(need.needs) == nullptr)
            place.context.problems.add(
                {entry->at,
                 place.path_of(entry->key),
                 fmt::format("needs {}, which has no schedule (a schedule for both)", need.needs),
                 std::string(need.why)}
            );
    }
}

} // namespace pcmirror
