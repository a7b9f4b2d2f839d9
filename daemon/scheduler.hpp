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

/// What the database tells of a resource when a pass has ended, or before the first.
struct RoundState {
    /// Since when no scope has gone unasked; absent: some scope never was asked.
    std::optional<Milliseconds> asked_ago = {};
    std::optional<Milliseconds> round_ago = {}; ///< since the round began; absent: there was none
    std::optional<Milliseconds> retry_in = {};  ///< until a failing scope has rested enough
};

/// Decides when which resource is polled. Pure: told the time, it answers; it waits for nothing.
///
/// What is polled at intervals goes in rounds that all daemons share: the first pass of a process
/// catches up at once on what is older than its interval, and from then on each pass spreads the
/// scopes of its round over the interval.
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
        bool spread = false;       ///< over the interval
        Milliseconds late_by{0};   ///< by jitter, and since others had to come first
    };

    explicit Scheduler(Random random) : random_(std::move(random)) {}

    /// Adds a resource, parents first. What is older than its interval is due at once, the rest
    /// when its interval is over, or in its turn in a round that others have begun.
    void add(const Resource& resource, const Schedule& schedule, const RoundState& state, Now now);

    /// Some scopes of a resource are due at once, as those that nobody asked for yet: a pass over
    /// these starts apart from the schedule, or when the pass that runs has ended; no two of them
    /// within ten seconds.
    void some_unasked(const Resource& resource, Now now);

    /// What to start now; it counts as running from here on.
    std::vector<Due> take_due(Now now);

    /// How long nothing will become due by itself.
    [[nodiscard]] Milliseconds idle_for(Now now) const;

    /// A pass ended.
    void finished(const Resource& resource, const RoundState& state, Now now);

    /// Instead of the pass over unasked scopes: there are none.
    void found_none_unasked(const Resource& resource, const RoundState& state, Now now);

    /// A pass came to nothing; it is tried again after a pause that doubles up to five minutes.
    void failed(const Resource& resource, Now now);

    /// Whatever came to nothing may go well now.
    void try_failed_again(Now now);

    /// The last pass by the schedule came to nothing.
    [[nodiscard]] bool is_failing(const Resource& resource) const;

    /// When a resource is due; nothing while it runs.
    [[nodiscard]] std::optional<WallTime> due_at(const Resource& resource, Now now) const;

  private:
    using Instant = std::chrono::steady_clock::time_point;

    struct Entry {
        const Resource* resource = nullptr;
        Schedule schedule = {};
        bool running = false;
        bool aside = false;  ///< what runs, or ran last, is a pass over unasked scopes
        bool first = true;   ///< no pass of this process has come to its end yet
        bool spread = false; ///< the pass that runs takes its interval
        Instant started = {};
        WallTime started_wall = {};
        Instant base = {};                   ///< of `every`: when it is due but for the jitter
        std::optional<Instant> due = {};     ///< absent: cron decides
        WallTime fire = {};                  ///< of cron, jitter included
        WallTime planned_at = {};            ///< when that was found out
        std::optional<Instant> unasked = {}; ///< when a pass over unasked scopes may start
        Instant unasked_after = {};          ///< the earliest for the next such wish
        int failures = 0;                    ///< in a row, by the schedule
        int failures_aside = 0;              ///< the same of passes over unasked scopes
        /// Whose pass ended since this was due; it waits for each of them once.
        std::vector<const Resource*> waited_for = {};
    };

    static Due start_aside(Entry& entry, Now now);
    static Due start_by_schedule(Entry& entry, Now now);
    [[nodiscard]] static Milliseconds until_due(const Entry& entry, Now now);
    [[nodiscard]] static Milliseconds late_by(const Entry& entry, Now now);
    [[nodiscard]] bool waits_for_others(const Entry& entry, Now now) const;
    [[nodiscard]] const Entry* find(const Resource* resource) const;
    Entry& entry_of(const Resource& resource);
    void plan_first(Entry& entry, const RoundState& state, Now now);
    void plan_next(Entry& entry, const RoundState& state, Now now);
    void plan_cron(Entry& entry, Now now);
    void follow_clock(Entry& entry, Now now);
    static void wish_aside(Entry& entry, Instant at);
    /// Whether it was a pass by the schedule.
    bool ended(Entry& entry, Now now);
    Milliseconds draw_jitter(const Entry& entry);

    std::vector<Entry> entries_;
    Random random_;
};

} // namespace pcmirror
