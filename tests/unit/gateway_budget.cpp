#include "tests/unit/gateway_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::after;
using fakes::answers;
using fakes::Bench;
using fakes::BudgetedBench;

/// The most requests in any 60 seconds.
std::size_t busiest_minute(const fakes::FakeTransport& transport) {
    std::size_t most = 0;
    for (std::size_t first = 0, last = 0; last < transport.sent.size(); ++last) {
        while (transport.sent[last].at - transport.sent[first].at > 60s) {
            ++first;
        }
        most = std::max(most, last - first + 1);
    }
    return most;
}

TEST(GatewayBudget, IsNeverExceededInAnyMinuteRetriesIncluded) {
    for (const int budget : {1, 7, 60, 500}) {
        Bench bench;
        bench.settings.requests_per_minute = budget;
        int count = 0;
        bench.transport.script = [&](const HttpRequest&) {
            return after(120ms, ++count % 5 == 0 ? answers(503) : answers(200));
        };
        const int calls = budget * 2 + 20;
        bench.begin_many(calls);
        bench.clock.run(bench.loop);
        EXPECT_LE(busiest_minute(bench.transport), static_cast<std::size_t>(budget));
        EXPECT_GE(bench.transport.sent.size(), static_cast<std::size_t>(calls));
        const double minutes =
            static_cast<double>(bench.sent_at(bench.transport.sent.size() - 1)) / 60'000;
        const double rate = static_cast<double>(bench.transport.sent.size() - 1) / minutes;
        EXPECT_GE(rate, 0.9 * budget) << budget;
    }
}

TEST(GatewayBudget, IsSharedByTwoGateways) {
    Bench first;
    first.settings.requests_per_minute = 60;
    const auto budget = make_local_budget(60, [&] { return first.clock.seconds(); });
    first.budget = budget.get();
    first.transport.play({after(300ms, answers(200))});
    const auto second = make_partner_center(
        first.loop.get_executor(),
        first.settings,
        first.transport,
        first.tokens,
        budget.get(),
        first.clock
    );
    for (int i = 0; i < 100; ++i) {
        first.begin(first.call());
        fakes::start(first.loop, second->get(first.call()));
    }
    first.clock.run(first.loop);
    EXPECT_EQ(first.transport.sent.size(), 200U);
    EXPECT_LE(busiest_minute(first.transport), 60U);
    EXPECT_EQ(second->counters().requests, 100U);
}

TEST(GatewayBudget, IsTakenInChunksOfASecond) {
    BudgetedBench bench;
    bench.settings.concurrency = 100;
    bench.shared.next = {0, 0ms, 100ms, 0ms};
    bench.begin_many(25);
    bench.loop.poll();
    bench.shared.next = {1000, 1s, 0ms, 0ms};
    bench.clock.run(bench.loop);
    EXPECT_THAT(bench.shared.asked, testing::ElementsAre(1, 10, 10, 5))
        << "the first call came alone";
    EXPECT_EQ(bench.transport.sent.size(), 25U);
}

TEST(GatewayBudget, IsNotSpentAfterItExpired) {
    BudgetedBench bench;
    bench.settings.concurrency = 1;
    bench.transport.play({after(700ms, answers(200))});
    bench.begin_many(4);
    bench.clock.run(bench.loop);
    EXPECT_EQ(bench.transport.sent.size(), 4U);
    EXPECT_THAT(bench.shared.asked, testing::ElementsAre(1, 3, 1))
        << "the 3 were granted at 0.7 s for a second, and used at 0.7 and 1.4";
}

TEST(GatewayBudget, OfZeroIsNone) {
    Bench bench;
    bench.settings.concurrency = 1000;
    bench.begin_many(1000);
    bench.loop.poll();
    EXPECT_EQ(bench.transport.sent.size(), 1000U);
    EXPECT_EQ(bench.gateway().requests_per_second(), 0);
}

TEST(GatewayBudget, TellsTheRateItLeaves) {
    Bench bench;
    bench.settings.requests_per_minute = 500;
    EXPECT_NEAR(bench.gateway().requests_per_second(), 500.0 / 60, 0.5);
}

TEST(GatewayBudget, FailsWaitingCallsWithWhatItThrewAndRecovers) {
    BudgetedBench bench;
    bench.shared.failure = Error(Recovery::fix_database, "the database is gone");
    EXPECT_EQ(bench.failure().recovery(), Recovery::fix_database);
    bench.shared.failure.reset();
    EXPECT_EQ(bench.get().status, 200);
}

TEST(GatewayConcurrency, IsKeptTo) {
    Bench bench;
    bench.settings.concurrency = 3;
    bench.transport.play({after(10ms, answers(200))});
    bench.begin_many(20);
    bench.clock.run(bench.loop);
    EXPECT_EQ(bench.transport.most_in_flight, 3);
    EXPECT_EQ(bench.transport.sent.size(), 20U);
}

TEST(GatewayPriority, LetsUrgentCallsPassWithoutStarvingPolls) {
    Bench bench;
    bench.settings.concurrency = 1;
    bench.transport.play({after(1ms, answers(200))});
    for (int i = 0; i < 90; ++i) {
        Call poll = bench.call("poll");
        bench.begin(poll);
        Call urgent = bench.call("urgent");
        urgent.priority = Priority::write_back;
        bench.begin(urgent);
    }
    bench.clock.run(bench.loop);
    int polls = 0;
    for (std::size_t i = 0; i < 45; ++i) {
        polls += bench.transport.sent[i].request.url.find("/poll/") != std::string::npos ? 1 : 0;
    }
    EXPECT_GE(polls, 4);
    EXPECT_LE(polls, 7);
}

/// A call that can be cancelled.
struct Cancellable {
    explicit Cancellable(Bench& bench) : call(bench.begin(bench.call(), signal.slot())) {}

    void cancel() { signal.emit(asio::cancellation_type::terminal); }

    asio::cancellation_signal signal;
    std::shared_ptr<fakes::Outcome<Answer>> call;
};

TEST(GatewayCancellation, LeavesQueueAndPlacesInFlightAsTheyWere) {
    for (const auto moment : {0ms, 50ms, 150ms}) {
        Bench bench;
        bench.settings.concurrency = 1;
        bench.transport.play({after(100ms, answers(200))});
        Cancellable running(bench);
        Cancellable waiting(bench);
        const auto last = bench.begin(bench.call());
        bench.clock.run(bench.loop, bench.clock.now() + moment);
        running.cancel();
        waiting.cancel();
        bench.clock.run(bench.loop);

        EXPECT_TRUE(running.call->done && waiting.call->done && last->done) << moment.count();
        EXPECT_FALSE(last->failure);
        EXPECT_TRUE(waiting.call->failure);
        EXPECT_EQ(bench.transport.in_flight, 0);
        EXPECT_EQ(bench.get().status, 200) << "the place in flight is free again";
    }
}

TEST(GatewayCancellation, AtTheVeryMomentOfTheGrantLosesNothing) {
    Bench bench;
    bench.settings.concurrency = 1;
    bench.transport.play({after(100ms, answers(200))});
    bench.begin(bench.call());
    auto cancelled = std::make_unique<Cancellable>(bench);
    bench.loop.poll();
    bench.clock.advance(100ms);
    // Step by step, so that the cancellation falls between any two of the gate's own steps.
    for (int steps = 0; bench.loop.poll_one() != 0; ++steps) {
        if (steps == 3) {
            cancelled->cancel();
        }
    }
    bench.clock.run(bench.loop);
    EXPECT_TRUE(cancelled->call->done);
    EXPECT_EQ(bench.get().status, 200);
}

TEST(GatewayCancellation, OfARetryPauseEndsTheCall) {
    Bench bench;
    bench.transport.play({answers(503, "", {{"Retry-After", "300"}})});
    Cancellable cancelled(bench);
    bench.clock.run(bench.loop, bench.clock.now() + 10s);
    cancelled.cancel();
    bench.loop.restart();
    bench.loop.poll();
    EXPECT_TRUE(cancelled.call->done);
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

TEST(GatewayEnd, CancelsWhoStillWaitsAndSurvivesADroppedEventLoop) {
    Bench bench;
    bench.transport.play({answers(429, "", {{"Retry-After", "60"}})});
    const auto call = bench.begin(bench.call());
    bench.clock.run(bench.loop, bench.clock.now() + 1s);
    const auto second = bench.begin(bench.call());
    bench.loop.restart();
    bench.loop.poll();
    bench.made.reset();
    bench.loop.restart();
    bench.loop.poll();
    EXPECT_TRUE(call->failure);
    EXPECT_TRUE(second->failure);
}

} // namespace

} // namespace pcmirror
