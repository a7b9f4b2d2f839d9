#include "daemon/scheduler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Resource parent{.name = "customers"};
constexpr Resource child{.name = "subscriptions", .parent = &parent};
constexpr Resource outer{.name = "users", .parent = &parent};
constexpr Resource counters{.name = "subscribed_skus", .parent = &parent};
constexpr EarnedReads earned{.counters = &counters};
constexpr Resource row_by_row{
    .name = "user_licenses", .parent = &parent, .per_row_of = &outer, .earned = &earned};

Schedule every(Milliseconds interval, Milliseconds jitter = 0ms) {
    Schedule schedule;
    schedule.every = interval;
    schedule.jitter = jitter;
    return schedule;
}

/// A scheduler and the time it is told.
class Clockwork {
  public:
    explicit Clockwork(double draw = 0) : scheduler([draw] { return draw; }) {
        now.wall = WallTime(std::chrono::hours(480'000));
    }

    void advance(Milliseconds time) {
        now.steady += time;
        now.wall += time;
    }

    std::vector<std::string> take() {
        std::vector<std::string> names;
        for (const Scheduler::Due& due : scheduler.take_due(now))
            names.emplace_back(due.resource->name);
        return names;
    }

    /// Passes over scopes that are due at once, apart from the schedule.
    std::vector<std::string> take_aside() {
        std::vector<std::string> names;
        for (const Scheduler::Due& due : scheduler.take_due(now)) {
            EXPECT_TRUE(due.only_unasked) << due.resource->name;
            names.emplace_back(due.resource->name);
        }
        return names;
    }

    void finish(const Resource& resource, std::optional<Milliseconds> asked_ago = 0ms) {
        scheduler.finished(resource, {.asked_ago = asked_ago}, now);
    }

    Scheduler scheduler;
    Now now;
};

TEST(Scheduler, StartsWhatWasNeverReadAtOnce) {
    Clockwork clock;
    clock.scheduler.add(parent, every(15min), {.asked_ago = std::nullopt}, clock.now);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
}

TEST(Scheduler, StartsWhatIsOlderThanItsIntervalAtOnceAndTheRestWhenItsIntervalIsOver) {
    Clockwork clock;
    clock.scheduler.add(parent, every(15min), {.asked_ago = 20min}, clock.now);
    clock.scheduler.add(child, every(1h), {.asked_ago = 40min}, clock.now);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    clock.finish(parent);
    EXPECT_EQ(clock.scheduler.idle_for(clock.now), 30s);
    clock.advance(19min + 59s);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    clock.finish(parent);
    clock.advance(1s);
    EXPECT_THAT(clock.take(), ElementsAre("subscriptions"));
}

TEST(Scheduler, FirstPassReadsOnlyWhatIsOlderThanTheInterval) {
    Clockwork clock;
    clock.scheduler.add(parent, every(1h), {.asked_ago = 90min}, clock.now);
    const auto first = clock.scheduler.take_due(clock.now);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first.front().max_age, 1h);

    // What the first pass left out is 50 minutes old by now, hence due in ten.
    clock.scheduler.finished(parent, {.asked_ago = 50min}, clock.now);
    clock.advance(9min + 59s);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.advance(1s);
    const auto second = clock.scheduler.take_due(clock.now);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second.front().max_age, std::nullopt);
}

TEST(Scheduler, DoesNotSpinOnScopesThatAFirstPassCouldNotRead) {
    Clockwork clock;
    clock.scheduler.add(parent, every(1h), {.asked_ago = std::nullopt}, clock.now);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    clock.advance(1min);
    clock.finish(parent, 3h);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.advance(58min);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.advance(1min);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
}

TEST(Scheduler, NeverOverlapsAResourceWithItself) {
    Clockwork clock;
    clock.scheduler.add(parent, every(1min), {.asked_ago = std::nullopt}, clock.now);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    clock.advance(10min);
    EXPECT_THAT(clock.take(), IsEmpty());
    EXPECT_EQ(clock.scheduler.due_at(parent, clock.now), std::nullopt);
}

TEST(Scheduler, CatchesUpOnceAfterAPassThatOutlastedItsInterval) {
    Clockwork clock;
    clock.scheduler.add(parent, every(1min), {.asked_ago = std::nullopt}, clock.now);
    clock.take();
    clock.advance(10min);
    clock.finish(parent, 2min);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    clock.advance(10s);
    clock.finish(parent);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.advance(50s);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
}

TEST(Scheduler, PutsEachStartOffByNoMoreThanTheJitterAndDoesNotDrift) {
    for (const double draw : {0.0, 0.5, 0.999}) {
        Clockwork clock(draw);
        clock.scheduler.add(parent, every(10min, 1min), {.asked_ago = std::nullopt}, clock.now);
        const Now began = clock.now;
        clock.take();
        clock.finish(parent);
        for (int pass = 1; pass <= 100; ++pass) {
            const auto due = *clock.scheduler.due_at(parent, clock.now);
            EXPECT_GE(due, began.wall + pass * 10min);
            EXPECT_LE(due, began.wall + pass * 10min + 1min);
            clock.advance(std::chrono::duration_cast<Milliseconds>(due - clock.now.wall));
            ASSERT_THAT(clock.take(), ElementsAre("customers"));
            clock.finish(parent);
        }
    }
}

TEST(Scheduler, StartsParentsFirst) {
    Clockwork clock;
    clock.scheduler.add(parent, every(15min), {.asked_ago = std::nullopt}, clock.now);
    clock.scheduler.add(child, every(1h), {.asked_ago = std::nullopt}, clock.now);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.finish(parent);
    EXPECT_THAT(clock.take(), ElementsAre("subscriptions"));
}

TEST(Scheduler, StartsWhatIsReadRowByRowAfterTheRowsAndTheirCounters) {
    Clockwork clock;
    clock.scheduler.add(outer, every(1h), {.asked_ago = std::nullopt}, clock.now);
    clock.scheduler.add(counters, every(1h), {.asked_ago = std::nullopt}, clock.now);
    clock.scheduler.add(row_by_row, every(1h), {.asked_ago = std::nullopt}, clock.now);
    EXPECT_THAT(clock.take(), ElementsAre("users", "subscribed_skus"));
    clock.finish(outer);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.finish(counters);
    EXPECT_THAT(clock.take(), ElementsAre("user_licenses"));
}

TEST(Scheduler, AParentThatIsAlwaysDueDoesNotStarveItsChildren) {
    Clockwork clock;
    clock.scheduler.add(parent, every(1s), {.asked_ago = std::nullopt}, clock.now);
    clock.scheduler.add(child, every(1s), {.asked_ago = std::nullopt}, clock.now);
    clock.take();
    clock.advance(5s);
    clock.finish(parent, 2s);
    EXPECT_THAT(clock.take(), ElementsAre("customers", "subscriptions"));
}

TEST(Scheduler, AParentInTroubleDoesNotHoldItsChildrenBack) {
    Clockwork clock;
    clock.scheduler.add(parent, every(1h), {.asked_ago = std::nullopt}, clock.now);
    clock.scheduler.add(child, every(1h), {.asked_ago = std::nullopt}, clock.now);
    clock.take();
    clock.scheduler.failed(parent, clock.now);
    EXPECT_THAT(clock.take(), ElementsAre("subscriptions"));
}

TEST(Scheduler, TriesAFailedPassAgainAfterAPauseThatDoublesUpToFiveMinutes) {
    Clockwork clock;
    clock.scheduler.add(parent, every(24h), {.asked_ago = std::nullopt}, clock.now);
    clock.take();
    for (const Milliseconds pause : {10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
        clock.scheduler.failed(parent, clock.now);
        clock.advance(pause - 1ms);
        EXPECT_THAT(clock.take(), IsEmpty());
        clock.advance(1ms);
        EXPECT_THAT(clock.take(), ElementsAre("customers"));
    }
    clock.finish(parent);
    clock.advance(1h);
    EXPECT_THAT(clock.take(), IsEmpty());
}

TEST(Scheduler, KeepsToCronAndCatchesUpOnceAtTheStart) {
    Schedule hourly;
    hourly.cron = "0 * * * *";
    hourly.timezone = "Etc/UTC";
    Clockwork clock;
    clock.advance(30min);
    clock.scheduler.add(parent, hourly, {.asked_ago = 20min}, clock.now);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.advance(30min);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));

    Clockwork late;
    late.advance(30min);
    late.scheduler.add(parent, hourly, {.asked_ago = 40min}, late.now);
    const auto due = late.scheduler.take_due(late.now);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due.front().max_age, 30min);
    late.finish(parent);
    EXPECT_THAT(late.take(), IsEmpty());
    late.advance(30min);
    EXPECT_THAT(late.take(), ElementsAre("customers"));
}

TEST(Scheduler, CatchesUpOnceOnWhatCronSaidWhileAPassRan) {
    Schedule hourly;
    hourly.cron = "0 * * * *";
    hourly.timezone = "Etc/UTC";
    Clockwork clock;
    clock.scheduler.add(parent, hourly, {.asked_ago = 0ms}, clock.now);
    clock.advance(1h);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    clock.advance(2h + 5min);
    clock.finish(parent);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    clock.advance(5min);
    clock.finish(parent);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.advance(50min);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
}

TEST(Scheduler, FollowsAClockThatIsSetBack) {
    Schedule hourly;
    hourly.cron = "0 * * * *";
    hourly.timezone = "Etc/UTC";
    Clockwork clock;
    clock.scheduler.add(parent, hourly, {.asked_ago = 0ms}, clock.now);
    clock.now.wall -= 48h;
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.advance(59min);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.advance(1min);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    clock.now.wall -= 2h;
    clock.finish(parent);
    EXPECT_THAT(clock.take(), IsEmpty()) << "nothing fired meanwhile";
    clock.advance(1h);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
}

TEST(Scheduler, CountsIntervalsOnAClockThatNeverSteps) {
    Clockwork clock;
    clock.scheduler.add(parent, every(1h), {.asked_ago = std::nullopt}, clock.now);
    clock.take();
    clock.finish(parent);
    clock.now.wall += 48h;
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.now.wall -= 96h;
    clock.now.steady += 1h;
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
}

// Scopes that are due at once, apart from the schedule.

class DueAtOnce : public ::testing::Test {
  protected:
    DueAtOnce() {
        clock.scheduler.add(parent, every(15min), {.asked_ago = 10min}, clock.now);
        clock.scheduler.add(child, every(1h), {.asked_ago = 20min}, clock.now);
    }

    void some_unasked(const Resource& resource) {
        clock.scheduler.some_unasked(resource, clock.now);
    }

    Clockwork clock;
};

TEST_F(DueAtOnce, AreReadAtOnceAndTheScheduleStaysAsItIs) {
    some_unasked(child);
    EXPECT_EQ(clock.scheduler.idle_for(clock.now), 0s);
    EXPECT_THAT(clock.take_aside(), ElementsAre("subscriptions"));
    clock.advance(1min);
    clock.finish(child);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.advance(4min);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    clock.finish(parent);
    EXPECT_EQ(clock.scheduler.due_at(child, clock.now), clock.now.wall + 35min);
}

TEST_F(DueAtOnce, WaitForThePassThatRuns) {
    clock.advance(5min);
    EXPECT_THAT(clock.take(), ElementsAre("customers"));
    some_unasked(parent);
    clock.advance(1min);
    EXPECT_THAT(clock.take(), IsEmpty());
    clock.finish(parent);
    EXPECT_THAT(clock.take_aside(), ElementsAre("customers"));
}

TEST_F(DueAtOnce, AreReadByThePassThatStartsAnyway) {
    some_unasked(parent);
    clock.advance(5min);
    const auto due = clock.scheduler.take_due(clock.now);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_FALSE(due.front().only_unasked);
    clock.finish(parent);
    EXPECT_THAT(clock.take(), IsEmpty());
}

TEST_F(DueAtOnce, AreReadOnceInTenSecondsWhileJobsMakeThemDueAgainAndAgain) {
    int passes = 0;
    for (int second = 0; second < 60; ++second) {
        some_unasked(child);
        for (const std::string& name : clock.take_aside()) {
            EXPECT_EQ(name, "subscriptions");
            clock.finish(child);
            ++passes;
        }
        clock.advance(1s);
    }
    EXPECT_EQ(passes, 6);
}

TEST_F(DueAtOnce, AreReadAtOnceWhereThereWereNoneBefore) {
    for (int time = 0; time < 3; ++time) {
        some_unasked(child);
        EXPECT_THAT(clock.take_aside(), ElementsAre("subscriptions"));
        clock.scheduler.found_none_unasked(child, {}, clock.now);
    }
}

TEST_F(DueAtOnce, KeepNobodyWaiting) {
    some_unasked(parent);
    EXPECT_THAT(clock.take_aside(), ElementsAre("customers"));
    some_unasked(child);
    EXPECT_THAT(clock.take_aside(), ElementsAre("subscriptions"));
}

TEST_F(DueAtOnce, AreTriedAgainWhereNothingCameOfIt) {
    some_unasked(child);
    EXPECT_THAT(clock.take_aside(), ElementsAre("subscriptions"));
    clock.scheduler.failed(child, clock.now);
    EXPECT_EQ(clock.scheduler.idle_for(clock.now), 10s);
    clock.advance(10s);
    EXPECT_THAT(clock.take_aside(), ElementsAre("subscriptions"));
}

} // namespace
} // namespace pcmirror
