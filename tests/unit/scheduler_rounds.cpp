#include "daemon/cron_time.hpp"
#include "daemon/scheduler.hpp"
#include "sync/poll/pace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Resource parent{.name = "customers"};
constexpr Resource child{.name = "users", .parent = &parent};
constexpr Resource outer{.name = "user_licenses", .parent = &parent, .per_row_of = &child};

Schedule hourly(Milliseconds jitter = 0ms) {
    Schedule schedule;
    schedule.every = 1h;
    schedule.jitter = jitter;
    return schedule;
}

/// A daemon among others, and the time it is told.
class Rounds : public ::testing::Test {
  protected:
    Rounds() { now.wall = WallTime(std::chrono::hours(480'000)); }

    void advance(Milliseconds time) {
        now.steady += time;
        now.wall += time;
    }

    std::vector<Scheduler::Due> take() { return scheduler.take_due(now); }

    Scheduler scheduler{[] { return 0.5; }};
    Now now;
};

TEST_F(Rounds, OfOthersAreJoinedWhereSomethingIsLeftToBeAsked) {
    scheduler.add(child, hourly(), {.asked_ago = 50min, .round_ago = 10min}, now);
    const auto due = take();
    ASSERT_THAT(due, SizeIs(1));
    EXPECT_TRUE(due.front().spread);
    EXPECT_EQ(due.front().max_age, std::nullopt);
}

TEST_F(Rounds, OfOthersThatAreDoneLeaveNothingToDoUntilTheNext) {
    scheduler.add(child, hourly(), {.asked_ago = 9min, .round_ago = 10min}, now);
    EXPECT_THAT(take(), IsEmpty());
    advance(50min);
    EXPECT_THAT(take(), SizeIs(1));
}

TEST_F(Rounds, BeginWithWhatIsLateAndGoOnWithTheRestInItsTurn) {
    scheduler.add(child, hourly(), {.asked_ago = 3h}, now);
    const auto first = take();
    ASSERT_THAT(first, SizeIs(1));
    EXPECT_EQ(first.front().max_age, 1h);
    EXPECT_FALSE(first.front().spread) << "what is late is asked at once";
    advance(5min);
    scheduler.finished(child, {.asked_ago = 40min, .round_ago = 5min}, now);
    const auto rest = take();
    ASSERT_THAT(rest, SizeIs(1));
    EXPECT_TRUE(rest.front().spread);
    advance(50min);
    scheduler.finished(child, {.asked_ago = 54min, .round_ago = 55min}, now);
    EXPECT_THAT(take(), IsEmpty());
    advance(5min);
    EXPECT_THAT(take(), SizeIs(1));
}

TEST_F(Rounds, ThatOthersBeganLaterThanThisOneAreFollowed) {
    scheduler.add(child, hourly(), {}, now);
    take();
    advance(30min);
    scheduler.finished(child, {.asked_ago = 1min, .round_ago = 20min}, now);
    advance(39min);
    EXPECT_THAT(take(), IsEmpty());
    advance(1min);
    EXPECT_THAT(take(), SizeIs(1));
}

TEST_F(Rounds, TellHowLateTheyBeginSoThatJitterDoesNotAddUp) {
    scheduler.add(child, hourly(10min), {.asked_ago = 0ms, .round_ago = 0ms}, now);
    advance(64min);
    EXPECT_THAT(take(), IsEmpty());
    advance(1min);
    const auto due = take();
    ASSERT_THAT(due, SizeIs(1));
    EXPECT_EQ(due.front().late_by, 5min);
}

TEST_F(Rounds, AfterAnOutageBeginAnotherRhythm) {
    scheduler.add(child, hourly(), {.asked_ago = 0ms, .round_ago = 0ms}, now);
    advance(3h);
    const auto due = take();
    ASSERT_THAT(due, SizeIs(1));
    EXPECT_EQ(due.front().late_by, 0ms) << "else its round would be over before it began";
}

TEST_F(Rounds, OfOneScopeAreNotSpread) {
    scheduler.add(parent, hourly(), {.asked_ago = 50min, .round_ago = 10min}, now);
    const auto due = take();
    ASSERT_THAT(due, SizeIs(1));
    EXPECT_FALSE(due.front().spread);
}

TEST_F(Rounds, ThatTakeTheirIntervalKeepNobodyWaiting) {
    scheduler.add(child, hourly(), {.asked_ago = 50min, .round_ago = 10min}, now);
    scheduler.add(outer, hourly(), {.asked_ago = 50min, .round_ago = 10min}, now);
    EXPECT_THAT(take(), SizeIs(2));
}

TEST_F(Rounds, FailingScopesAreTriedAgainApartFromThem) {
    scheduler.add(child, hourly(), {}, now);
    take();
    scheduler.finished(child, {.asked_ago = 0ms, .round_ago = 0ms, .retry_in = 1min}, now);
    EXPECT_THAT(take(), IsEmpty());
    EXPECT_EQ(scheduler.idle_for(now), 30s);
    advance(1min);
    const auto due = take();
    ASSERT_THAT(due, SizeIs(1));
    EXPECT_TRUE(due.front().only_unasked);
    scheduler.finished(child, {.asked_ago = 1min, .round_ago = 1min, .retry_in = 2min}, now);
    advance(119s);
    EXPECT_THAT(take(), IsEmpty());
    advance(1s);
    EXPECT_THAT(take(), SizeIs(1));
}

TEST_F(Rounds, ThatCameToNothingAreTriedAtOnceWhenSomethingWasMended) {
    scheduler.add(child, hourly(), {}, now);
    for (int attempt = 0; attempt < 6; ++attempt) {
        ASSERT_THAT(take(), SizeIs(1));
        scheduler.failed(child, now);
        advance(attempt < 5 ? 5min : 1s);
    }
    EXPECT_THAT(take(), IsEmpty());
    scheduler.try_failed_again(now);
    const auto due = take();
    ASSERT_THAT(due, SizeIs(1));
    EXPECT_FALSE(due.front().only_unasked) << "what came to nothing, and not a part of it";
    scheduler.try_failed_again(now);
    EXPECT_THAT(take(), IsEmpty()) << "it runs";
}

PlannedScope aged(std::optional<Milliseconds> age) {
    PlannedScope scope;
    scope.age = age;
    return scope;
}

const Pace pace{.interval = 60min, .spread = 54min};

TEST(Turns, SpreadABulkThatWasReadAtOnce) {
    const std::vector<PlannedScope> scopes(54, aged(60min));
    const auto at = turns(pace, scopes, scopes.size());
    for (std::size_t place = 0; place < at.size(); ++place)
        EXPECT_EQ(at[place], place * 1min);
}

TEST(Turns, StayAsTheyAreOnceTheyAreSpread) {
    std::vector<PlannedScope> scopes;
    for (int place = 0; place < 54; ++place)
        scopes.push_back(aged(60min - place * 1min));
    const auto at = turns(pace, scopes, scopes.size());
    for (std::size_t place = 0; place < at.size(); ++place)
        EXPECT_EQ(at[place], place * 1min);
}

TEST(Turns, OfWhatFailsOrWasNeverReadAreNow) {
    const std::vector<PlannedScope> scopes{aged(std::nullopt), aged(10min), aged(std::nullopt)};
    EXPECT_THAT(turns(pace, scopes, 3), ElementsAre(0min, 50min, 0min));
}

TEST(Turns, OfWhatAnOutageMadeLateAreNow) {
    const std::vector<PlannedScope> scopes(10, aged(3h));
    EXPECT_THAT(turns(pace, scopes, 10), Each(0min));
}

TEST(Turns, AreOverWhenTheSpreadIs) {
    const std::vector<PlannedScope> scopes(100, aged(1min));
    EXPECT_THAT(turns(pace, scopes, 100), Each(54min));
    const Pace late{.interval = 60min, .spread = 54min, .age = 58min};
    EXPECT_THAT(turns(late, scopes, 100), Each(0min)) << "nothing is left of it";
}

TEST(Turns, GoOnInARoundThatIsHalfDone) {
    const std::vector<PlannedScope> scopes(27, aged(60min));
    const Pace half{.interval = 60min, .spread = 54min, .age = 27min};
    const auto at = turns(half, scopes, 54);
    EXPECT_EQ(at.front(), 0min);
    EXPECT_EQ(at.back(), 26min);
}

TEST(Spread, LeavesNothingStale) {
    Schedule schedule = hourly();
    EXPECT_EQ(spread_over(schedule, WallTime{}), 54min);
    schedule.stale_after = 90min;
    EXPECT_EQ(spread_over(schedule, WallTime{}), 21min);
    schedule.stale_after = 1h;
    EXPECT_EQ(spread_over(schedule, WallTime{}), 0min);
    schedule.every.reset();
    schedule.cron = "0 * * * *";
    EXPECT_EQ(spread_over(schedule, WallTime{}), 0min) << "who names a time wants it then";
}

TEST(Round, LastsAsLongAsItsSchedule) {
    Schedule schedule = hourly();
    const WallTime now{480'000h + 20min};
    EXPECT_EQ(round_lasts(schedule, now), 1h - 1s);
    schedule.every = 1s;
    EXPECT_EQ(round_lasts(schedule, now), 900ms);
    schedule.every.reset();
    schedule.cron = "0 * * * *";
    schedule.timezone = "Etc/UTC";
    EXPECT_EQ(round_lasts(schedule, now), 20min);
    EXPECT_EQ(round_lasts(schedule, now - 20min), 1min) << "clocks of two machines differ";
}

} // namespace
} // namespace pcmirror
