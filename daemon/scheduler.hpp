#pragma once

#include "daemon/cron_time.hpp"
#include "schema/catalogue.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// One moment on both clocks: intervals are counted on the one that never steps, cron on the other.
struct Now {
    std::chrono::steady_clock::time_point steady;
    WallTime wall;
};

/// Decides when which resource is polled. Pure: told the time, it answers; it waits for nothing.
///
/// A resource never overlaps itself; one that is due waits while its parent is due or runs; a pass
/// that took longer than the interval is caught up on once, not as often as it was missed.
class Scheduler {
  public:
    /// A draw from 0 to 1, for jitter.
    using Random = std::function<double()>;

    /// A pass to be started now.
    struct Due {
        const Resource* resource = nullptr;
        /// The first pass after the start: only what is older than this.
        std::optional<Milliseconds> max_age = {};
        bool only_unasked = false; ///< apart from the schedule
    };

    explicit Scheduler(Random random) : random_(std::move(random)) {}

    /// Adds a resource, parents first. `asked_ago`: since when no scope has gone unasked; absent:
    /// some scope never was asked. What is older than its interval is due at once, the rest when
    /// its interval is over.
    void
    add(const Resource& resource,
        const Schedule& schedule,
        std::optional<Milliseconds> asked_ago,
        Now now);

    /// Some scopes of a resource are due at once, as those that nobody asked for yet: a pass over
    /// these starts apart from the schedule, or when the pass that runs has ended; no two of them
    /// within ten seconds.
    void some_unasked(const Resource& resource, Now now);

    /// What to start now; it counts as running from here on.
    std::vector<Due> take_due(Now now);

    /// How long nothing will become due by itself.
    [[nodiscard]] Milliseconds idle_for(Now now) const;

    /// A pass ended. `asked_ago` as in `add`; heeded after a first pass.
    void finished(const Resource& resource, std::optional<Milliseconds> asked_ago, Now now);

    /// Instead of the pass over unasked scopes: there are none.
    void found_none_unasked(const Resource& resource);

    /// A pass came to nothing; it is tried again after a pause that doubles up to five minutes.
    void failed(const Resource& resource, Now now);

    /// When a resource is due; nothing while it runs.
    [[nodiscard]] std::optional<WallTime> due_at(const Resource& resource, Now now) const;

  private:
    using Instant = std::chrono::steady_clock::time_point;

    struct Entry {
        const Resource* resource = nullptr;
        Schedule schedule = {};
        bool running = false;
        bool aside = false; ///< what runs, or ran, is a pass over unasked scopes
        bool first = true;  ///< no pass of this process has come to its end yet
        Instant started = {};
        Instant base = {};                   ///< of `every`: when it is due but for the jitter
        std::optional<Instant> due = {};     ///< absent: cron decides
        WallTime fire = {};                  ///< of cron, jitter included
        std::optional<Instant> unasked = {}; ///< when a pass over unasked scopes may start
        Instant unasked_after = {};          ///< the earliest for the next such wish
        int failures = 0;
        /// Whose pass ended since this was due; it waits for each of them once.
        std::vector<const Resource*> waited_for = {};
    };

    [[nodiscard]] static Milliseconds until_due(const Entry& entry, Now now);
    [[nodiscard]] bool waits_for_others(const Entry& entry, Now now) const;
    [[nodiscard]] const Entry* find(const Resource* resource) const;
    Entry& entry_of(const Resource& resource);
    void plan_first(Entry& entry, std::optional<Milliseconds> asked_ago, Now now);
    void plan_next(Entry& entry, std::optional<Milliseconds> asked_ago, Now now);
    /// Whether it was a pass by the schedule.
    bool ended(Entry& entry, Now now);
    Milliseconds draw_jitter(const Entry& entry);

    std::vector<Entry> entries_;
    Random random_;
};

} // namespace pcmirror
