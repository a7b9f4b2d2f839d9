#include "sync/gateway/budget.hpp"
#include "tests/unit/fake_clock.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <gtest/gtest.h>
#include <random>

namespace pcmirror {

namespace {

/// A grant is used up to its life later, and the request may travel for a second more.
constexpr double latest_use = 2;

/// The most requests that arrive in some 60 seconds when a greedy client takes whatever there is at
/// `step` seconds, and uses what it took at first as late, later on as early as it may.
int worst_minute(int per_minute, double step) {
    const Bucket bucket = Bucket::for_budget(per_minute);
    BucketState state{bucket.capacity, 0};
    int granted = 0;
    const int steps = static_cast<int>((60 + latest_use) / step);
    for (int at = 0; at <= steps; ++at) {
        granted += take(bucket, state, at * step, per_minute + 1).requests;
    }
    return granted;
}

TEST(Bucket, NeverGrantsMoreThanTheBudgetInAnyMinuteWhateverTheBudget) {
    for (int budget = 1; budget <= 10'000; ++budget) {
        const Bucket bucket = Bucket::for_budget(budget);
        const double window = 60 + latest_use;
        ASSERT_LE(std::floor(bucket.capacity + bucket.refill_per_second * window), budget);
        ASSERT_GE(bucket.capacity, 1) << budget;
        ASSERT_GT(bucket.refill_per_second, 0) << budget;
    }
    for (int budget = 1; budget <= 10'000; budget += budget < 100 ? 1 : 97) {
        ASSERT_LE(worst_minute(budget, 0.05), budget) << budget;
        ASSERT_LE(worst_minute(budget, 31), budget) << budget;
    }
}

TEST(Bucket, KeepsToTheBudgetWhenTakenAtRandomAndUsedAtRandom) {
    std::minstd_rand random(7);
    for (const int budget : {1, 2, 3, 10, 60, 500}) {
        const Bucket bucket = Bucket::for_budget(budget);
        BucketState state{bucket.capacity, 0};
        std::vector<double> arrivals;
        for (double now = 0; now < 1200;) {
            const Grant grant = take(bucket, state, now, static_cast<int>(random() % 12) + 1);
            for (int i = 0; i < grant.requests; ++i) {
                arrivals.push_back(now + latest_use * static_cast<double>(random() % 101) / 100);
            }
            now += static_cast<double>(random() % 1000) / 1000;
        }
        std::sort(arrivals.begin(), arrivals.end());
        const auto limit = static_cast<std::size_t>(budget);
        for (std::size_t i = limit; i < arrivals.size(); ++i) {
            ASSERT_GT(arrivals[i] - arrivals[i - limit], 60) << budget;
        }
    }
}

TEST(Bucket, GrantsNearlyTheWholeBudgetInTheLongRun) {
    const Bucket bucket = Bucket::for_budget(500);
    EXPECT_GE(bucket.refill_per_second * 60, 0.93 * 500);
    EXPECT_NEAR(bucket.capacity, 10, 0.1);
}

TEST(Bucket, SaysWhenTheNextRequestWillBeThere) {
    const Bucket bucket = Bucket::for_budget(30);
    BucketState state{bucket.capacity, 100};
    EXPECT_EQ(take(bucket, state, 100, 5).requests, 1);

    const Grant none = take(bucket, state, 100, 5);

    ASSERT_EQ(none.requests, 0);
    const double wait = std::chrono::duration<double>(none.ask_again_after).count();
    EXPECT_NEAR(wait, 1 / bucket.refill_per_second, 0.002);
    EXPECT_EQ(take(bucket, state, 100 + wait + 0.001, 5).requests, 1);
}

TEST(Bucket, SurvivesClocksThatStepBack) {
    const Bucket bucket = Bucket::for_budget(60);
    BucketState state{0, 1000};

    EXPECT_EQ(take(bucket, state, 999, 1).requests, 0);
    EXPECT_EQ(state.updated_at, 1000) << "two readers that cross must not refill one second twice";

    EXPECT_EQ(take(bucket, state, 100, 1).requests, 0);
    EXPECT_EQ(take(bucket, state, 105, 1).requests, 1) << "a clock that was set must not stop all";
}

TEST(Bucket, NeverHoldsMoreThanItsCapacityAfterTheBudgetWasLowered) {
    const Bucket bucket = Bucket::for_budget(50);
    BucketState state{200, 10};
    EXPECT_EQ(take(bucket, state, 10, 100).requests, 1);
}

TEST(LocalBudget, GrantsNothingWhileThePartnerIsBlocked) {
    asio::io_context loop;
    fakes::FakeClock clock;
    const auto budget = make_local_budget(500, [&] { return clock.seconds(); });
    const auto block = [](SharedBudget& of,
                          std::optional<std::string> customer) -> asio::awaitable<int> {
        co_await of.block(std::move(customer), std::chrono::seconds(30));
        co_return 0;
    };

    fakes::finish(loop, clock, block(*budget, "a customer"));
    EXPECT_GT(fakes::finish(loop, clock, budget->take(1)).requests, 0);

    fakes::finish(loop, clock, block(*budget, std::nullopt));
    const Grant none = fakes::finish(loop, clock, budget->take(1));
    EXPECT_EQ(none.requests, 0);
    EXPECT_EQ(none.blocked_for, std::chrono::seconds(30));

    clock.advance(std::chrono::seconds(31));
    EXPECT_GT(fakes::finish(loop, clock, budget->take(1)).requests, 0);
}

} // namespace

} // namespace pcmirror
