#include "daemon/scheduler.hpp"

#include "schema/error.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

constexpr Milliseconds first_pause = std::chrono::seconds(10);
constexpr Milliseconds longest_pause = std::chrono::minutes(5);

// A wall clock that was set is noticed after this.
constexpr Milliseconds longest_idle = std::chrono::seconds(30);

// Clocks are set right by less than this all the time.
constexpr auto set_back = std::chrono::minutes(1);

// A bulk of jobs makes one scope due again and again.
constexpr Milliseconds between_unasked = std::chrono::seconds(10);

Milliseconds rounded_up(std::chrono::nanoseconds time) {
    return std::chrono::ceil<Milliseconds>(time);
}

} // namespace

void Scheduler::add(
    const Resource& resource, const Schedule& schedule, const RoundState& state, Now now
) {
    Entry entry;
    entry.resource = &resource;
    entry.schedule = schedule;
    plan_first(entry, state, now);
    if (state.retry_in)
        wish_aside(entry, now.steady + *state.retry_in);
    entries_.push_back(std::move(entry));
}

void Scheduler::plan_first(Entry& entry, const RoundState& state, Now now) {
    const Schedule& schedule = entry.schedule;
    bool late = !state.asked_ago;
    if (state.asked_ago && schedule.every)
        late = *state.asked_ago >= *schedule.every;
    else if (state.asked_ago)
        late = now.wall - *state.asked_ago < last_fire(schedule, now.wall);
    entry.base = now.steady;
    if (late) {
        entry.due = now.steady;
        return;
    }
    plan_next(entry, state, now);
    entry.first = false;
}

void Scheduler::plan_next(Entry& entry, const RoundState& state, Now now) {
    const Schedule& schedule = entry.schedule;
    if (!schedule.every) {
        plan_cron(entry, now);
        return;
    }
    const bool in_round = state.round_ago && *state.round_ago < *schedule.every;
    // What the first pass left out, or what nobody asked in a round that others began.
    if (entry.first && in_round && (!state.asked_ago || *state.asked_ago > *state.round_ago)) {
        entry.base = entry.due.emplace(now.steady);
        return;
    }
    Instant next = entry.base + *schedule.every;
    if (in_round)
        next = now.steady + (*schedule.every - *state.round_ago);
    else if (entry.first && state.asked_ago && *state.asked_ago < *schedule.every)
        next = now.steady + (*schedule.every - *state.asked_ago);
    entry.base = std::max(next, now.steady);
    entry.due = entry.base + draw_jitter(entry);
}

/// What fired while the last pass ran is caught up on once.
void Scheduler::plan_cron(Entry& entry, Now now) {
    entry.due.reset();
    if (entry.started_wall != WallTime() &&
        last_fire(entry.schedule, now.wall) > entry.started_wall)
        entry.due = now.steady;
    entry.fire =
        next_fire(entry.schedule.cron, entry.schedule.timezone, now.wall) + draw_jitter(entry);
    entry.planned_at = now.wall;
}

/// A clock that was set back fires anew.
void Scheduler::follow_clock(Entry& entry, Now now) {
    if (entry.schedule.every || entry.due || now.wall >= entry.planned_at - set_back)
        return;
    entry.started_wall = {};
    plan_cron(entry, now);
}

void Scheduler::wish_aside(Entry& entry, Instant at) {
    at = std::max(at, entry.unasked_after);
    entry.unasked = std::min(entry.unasked.value_or(at), at);
}

void Scheduler::some_unasked(const Resource& resource, Now now) {
    wish_aside(entry_of(resource), now.steady);
}

std::vector<Scheduler::Due> Scheduler::take_due(Now now) {
    std::vector<Due> due;
    for (Entry& entry : entries_) {
        if (entry.running)
            continue;
        follow_clock(entry, now);
        const bool aside = until_due(entry, now).count() > 0 || waits_for_others(entry, now);
        if (aside && (!entry.unasked || *entry.unasked > now.steady))
            continue;
        due.push_back(aside ? start_aside(entry, now) : start_by_schedule(entry, now));
    }
    return due;
}

Scheduler::Due Scheduler::start_aside(Entry& entry, Now now) {
    entry.running = true;
    entry.aside = true;
    entry.spread = false;
    entry.unasked.reset();
    entry.unasked_after = now.steady + between_unasked;
    return {.resource = entry.resource, .only_unasked = true};
}

Scheduler::Due Scheduler::start_by_schedule(Entry& entry, Now now) {
    entry.running = true;
    entry.aside = false;
    // It asks for those, too.
    entry.unasked.reset();
    entry.started = now.steady;
    entry.started_wall = now.wall;
    entry.waited_for.clear();
    entry.spread = !entry.first && entry.schedule.every && entry.resource->parent != nullptr;
    Due start{.resource = entry.resource, .spread = entry.spread};
    if (entry.schedule.every)
        start.late_by = late_by(entry, now);
    if (entry.first && entry.schedule.every)
        start.max_age = entry.schedule.every;
    else if (entry.first)
        start.max_age = rounded_up(now.wall - last_fire(entry.schedule, now.wall));
    return start;
}

/// Who is as late as that begins another rhythm.
Milliseconds Scheduler::late_by(const Entry& entry, Now now) {
    const Milliseconds late = rounded_up(now.steady - entry.base);
    return late < *entry.schedule.every / 2 ? late : Milliseconds(0);
}

Milliseconds Scheduler::idle_for(Now now) const {
    Milliseconds idle = longest_idle;
    for (const Entry& entry : entries_) {
        if (entry.running)
            continue;
        const Milliseconds left = until_due(entry, now);
        // What is due and waits for others is woken by their end.
        if (left.count() > 0)
            idle = std::min(idle, left);
        if (entry.unasked)
            idle = std::clamp(rounded_up(*entry.unasked - now.steady), Milliseconds(0), idle);
    }
    return idle;
}

void Scheduler::found_none_unasked(const Resource& resource, const RoundState& state, Now now) {
    Entry& entry = entry_of(resource);
    entry.running = false;
    entry.unasked_after = {};
    entry.failures_aside = 0;
    if (state.retry_in)
        wish_aside(entry, now.steady + std::max(*state.retry_in, between_unasked));
}

void Scheduler::finished(const Resource& resource, const RoundState& state, Now now) {
    Entry& entry = entry_of(resource);
    const bool by_schedule = ended(entry, now);
    entry.failures_aside = 0;
    if (state.retry_in)
        wish_aside(entry, now.steady + *state.retry_in);
    if (!by_schedule)
        return;
    entry.failures = 0;
    if (entry.first)
        entry.base = entry.started;
    plan_next(entry, state, now);
    entry.first = false;
}

void Scheduler::failed(const Resource& resource, Now now) {
    Entry& entry = entry_of(resource);
    const bool by_schedule = ended(entry, now);
    int& failures = by_schedule ? entry.failures : entry.failures_aside;
    const int doublings = std::min(failures, 10);
    ++failures;
    std::optional<Instant>& again = by_schedule ? entry.due : entry.unasked;
    again = now.steady + std::min(first_pause * (1 << doublings), longest_pause);
}

void Scheduler::try_failed_again(Now now) {
    for (Entry& entry : entries_) {
        if (entry.running)
            continue;
        if (entry.failures > 0)
            entry.due = std::min(entry.due.value_or(now.steady), now.steady);
        if (entry.failures_aside > 0)
            entry.unasked = std::min(entry.unasked.value_or(now.steady), now.steady);
    }
}

bool Scheduler::is_failing(const Resource& resource) const {
    const Entry* entry = find(&resource);
    return entry != nullptr && entry->failures > 0;
}

std::optional<WallTime> Scheduler::due_at(const Resource& resource, Now now) const {
    const Entry* entry = find(&resource);
    if (entry == nullptr || entry->running)
        return std::nullopt;
    return now.wall + std::max(until_due(*entry, now), Milliseconds(0));
}

Milliseconds Scheduler::until_due(const Entry& entry, Now now) {
    return rounded_up(
        entry.due ? std::chrono::nanoseconds(*entry.due - now.steady)
                  : std::chrono::nanoseconds(entry.fire - now.wall)
    );
}

bool Scheduler::waits_for_others(const Entry& entry, Now now) const {
    const EarnedReads* earned = entry.resource->earned;
    const Resource* counters = earned == nullptr ? nullptr : earned->counters;
    for (const Resource* other : {entry.resource->parent, entry.resource->per_row_of, counters}) {
        const Entry* before = find(other);
        if (before == nullptr || std::ranges::count(entry.waited_for, other) > 0)
            continue;
        // One that takes its whole interval is waited for by nobody.
        const bool at_work = before->running && !before->aside;
        const bool at_its_pace = at_work && before->spread;
        if ((at_work || until_due(*before, now).count() <= 0) && !at_its_pace)
            return true;
    }
    return false;
}

bool Scheduler::ended(Entry& entry, Now now) {
    entry.running = false;
    if (entry.aside)
        return false;
    for (Entry& other : entries_)
        if (!other.running && until_due(other, now).count() <= 0)
            other.waited_for.push_back(entry.resource);
    return true;
}

const Scheduler::Entry* Scheduler::find(const Resource* resource) const {
    const auto found =
        std::ranges::find_if(entries_, [&](const Entry& one) { return one.resource == resource; });
    return found == entries_.end() ? nullptr : &*found;
}

Scheduler::Entry& Scheduler::entry_of(const Resource& resource) {
    const auto found =
        std::ranges::find_if(entries_, [&](const Entry& one) { return one.resource == &resource; });
    if (found == entries_.end())
        throw Error(Recovery::bug, std::string(resource.name) + " has no schedule");
    return *found;
}

Milliseconds Scheduler::draw_jitter(const Entry& entry) {
    const auto most = static_cast<double>(entry.schedule.jitter.count());
    return Milliseconds(static_cast<Milliseconds::rep>(random_() * most));
}

} // namespace pcmirror
