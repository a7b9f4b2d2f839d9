#include "tests/unit/gateway_bench.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::after;
using fakes::answers;
using fakes::Bench;
using fakes::BudgetedBench;
using testing::HasSubstr;

fakes::Scripted throttles(std::string retry_after = {}) {
    Headers headers;
    if (!retry_after.empty()) {
        headers.emplace_back("Retry-After", std::move(retry_after));
    }
    return answers(429, R"({"statusCode":429,"message":"Rate limit is exceeded."})", headers);
}

bool is_of(const fakes::FakeTransport::Sent& sent, std::string_view customer) {
    return sent.request.url.find("/" + std::string(customer) + "/") != std::string::npos;
}

TEST(Throttling, WaitsForTheSecondsThatTheAnswerNames) {
    Bench bench;
    bench.transport.play({throttles("57"), answers(200)});
    EXPECT_EQ(bench.get().status, 200);
    EXPECT_GE(bench.sent_at(1), 57'000);
    EXPECT_EQ(bench.gateway().counters().throttled, 1U);
}

TEST(Throttling, WaitsUntilTheDateThatTheAnswerNames) {
    Bench bench;
    bench.transport.play({throttles("Sun, 01 Nov 2026 12:02:00 GMT"), answers(200)});
    bench.get();
    EXPECT_GE(bench.sent_at(1), 120'000);
}

TEST(Throttling, BacksOffByItselfWhereTheAnswerNamesNoTime) {
    Bench bench;
    bench.transport.play({throttles(), throttles(), throttles(), answers(200)});
    bench.get();
    EXPECT_EQ(bench.sent_at(1), 2'000);
    EXPECT_EQ(bench.sent_at(2), 2'000 + 4'000);
    EXPECT_EQ(bench.sent_at(3), 2'000 + 4'000 + 8'000);
}

TEST(Throttling, AddsToTheWaitWhenItWasInVain) {
    Bench bench;
    bench.transport.play({throttles("10"), throttles("10"), answers(200)});
    bench.get();
    EXPECT_EQ(bench.sent_at(1), 10'000);
    EXPECT_EQ(bench.sent_at(2), 10'000 + 12'000);
}

TEST(Throttling, EndsACallAfterItsAttempts) {
    Bench bench;
    bench.settings.max_attempts = 3;
    bench.transport.play({throttles("1")});
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::retry_later);
    EXPECT_THAT(error.what(), HasSubstr("429: Rate limit is exceeded."));
    EXPECT_EQ(bench.transport.sent.size(), 3U);
}

TEST(Throttling, FailsCallsForNowThatWouldWaitForHours) {
    Bench bench;
    bench.transport.play({throttles("7200"), answers(200)});
    const auto waiting = bench.begin(bench.call());
    bench.clock.run(bench.loop);
    const Error later = bench.failure();
    EXPECT_EQ(later.recovery(), Recovery::retry_later);
    EXPECT_THAT(later.what(), HasSubstr("send nothing for another 120 minutes"));
    EXPECT_TRUE(waiting->failure);
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

TEST(Throttling, HoldsBackOnlyTheCustomerItWasAnsweredFor) {
    Bench bench;
    bench.transport.script = [&](const HttpRequest&) {
        return after(100ms, bench.transport.sent.size() == 1 ? throttles("30") : answers(200));
    };
    bench.begin(bench.call("slow"));
    bench.clock.run(bench.loop, bench.clock.now() + 1s);
    bench.begin(bench.call("slow"));
    bench.begin(bench.call("other"));
    bench.begin(bench.call());
    bench.clock.run(bench.loop);

    ASSERT_EQ(bench.transport.sent.size(), 5U);
    EXPECT_TRUE(is_of(bench.transport.sent[1], "other"));
    EXPECT_LT(bench.sent_at(2), 2'000);
    EXPECT_GE(bench.sent_at(3), 30'100);
    EXPECT_GE(bench.sent_at(4), 30'100);
}

TEST(Throttling, HoldsBackEverythingForASecondCustomer) {
    Bench bench;
    bench.transport.script = [&](const HttpRequest&) {
        return bench.transport.sent.size() <= 2 ? throttles("30") : answers(200);
    };
    bench.begin(bench.call("a"));
    bench.begin(bench.call("b"));
    bench.begin(bench.call("c"));
    bench.settings.concurrency = 2;
    bench.clock.run(bench.loop);

    ASSERT_EQ(bench.transport.sent.size(), 5U);
    EXPECT_GE(bench.sent_at(2), 30'000);
}

TEST(Throttling, HoldsBackEverythingForAPathOfThePartner) {
    Bench bench;
    bench.transport.play({throttles("30"), answers(200)});
    bench.begin(bench.call());
    bench.loop.poll();
    bench.begin(bench.call("a"));
    bench.clock.run(bench.loop);
    EXPECT_GE(bench.sent_at(1), 30'000);
}

TEST(Throttling, SendsNothingOfTheHeldKindWithinTheWaitUnderRandomLoad) {
    Bench bench;
    std::minstd_rand random(3);

    struct Held {
        std::string customer;
        Instant from;
        Instant until;
    };

    std::vector<Held> held;
    bench.transport.script = [&](const HttpRequest& request) {
        const std::size_t start_of_name = std::string("https://api.example/v1/customers/").size();
        const std::string customer = request.url.substr(start_of_name, 1);
        fakes::Scripted scripted = answers(200);
        if (random() % 6 == 0) {
            const auto wait = std::chrono::seconds(random() % 20 + 1);
            scripted = throttles(std::to_string(wait.count()));
            held.push_back({customer, bench.clock.now(), bench.clock.now() + wait});
        }
        return scripted;
    };
    for (int i = 0; i < 300; ++i) {
        bench.begin(bench.call(std::string(1, static_cast<char>('a' + random() % 5))));
        bench.clock.run(bench.loop, bench.clock.now() + std::chrono::milliseconds(random() % 500));
        bench.clock.advance(std::chrono::milliseconds(random() % 500));
    }
    bench.clock.run(bench.loop);

    ASSERT_GT(held.size(), 20U);
    for (const Held& hold : held) {
        for (const auto& sent : bench.transport.sent) {
            const bool within = sent.at > hold.from && sent.at < hold.until;
            EXPECT_FALSE(within && is_of(sent, hold.customer));
        }
    }
}

TEST(Throttling, IsToldToTheSharedBudget) {
    BudgetedBench bench;
    bench.settings.requests_per_minute = 0;
    bench.transport.play({throttles("30"), answers(200), throttles("40"), answers(200)});
    bench.get(bench.call("a"));
    bench.get(bench.call());

    ASSERT_EQ(bench.shared.blocks.size(), 2U);
    EXPECT_EQ(bench.shared.blocks[0].customer, "a");
    EXPECT_EQ(bench.shared.blocks[0].time, 30s);
    EXPECT_EQ(bench.shared.blocks[1].customer, std::nullopt);
    EXPECT_EQ(bench.shared.blocks[1].time, 40s);
}

TEST(Throttling, OfOtherProcessesIsHeeded) {
    for (const int per_minute : {500, 0}) {
        BudgetedBench bench;
        bench.settings.requests_per_minute = per_minute;
        bench.shared.next = {0, 0ms, 0ms, 45s};
        const auto call = bench.begin(bench.call());
        const Instant begun = bench.clock.now();
        bench.clock.run(bench.loop, begun + 44s);
        EXPECT_TRUE(bench.transport.sent.empty());
        bench.shared.next = {10, 1s, 0ms, 0ms};
        bench.clock.run(bench.loop);
        EXPECT_TRUE(call->done);
        EXPECT_GE(bench.transport.sent.at(0).at - begun, 45s);
    }
}

TEST(Throttling, OfEverythingForHoursIsNoCallsOwnFailure) {
    Bench bench;
    bench.settings.max_attempts = 1;
    bench.transport.play({throttles("7200"), answers(200)});
    for (const char* customer : {"", "a"}) {
        try {
            bench.get(*customer == 0 ? bench.call() : bench.call(customer));
            FAIL();
        } catch (const HeldForLong& error) {
            EXPECT_EQ(error.recovery(), Recovery::retry_later);
            EXPECT_THAT(error.what(), HasSubstr("until 2026-11-01 14:00 UTC"));
        }
    }
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

TEST(Throttling, ShrinksConcurrencyAndLetsItGrowBack) {
    Bench bench;
    bench.settings.concurrency = 8;
    bool trouble = true;
    bench.transport.script = [&](const HttpRequest&) {
        return after(200ms, trouble ? throttles("1") : answers(200));
    };
    testing::internal::CaptureStderr();
    bench.begin_many(20);
    bench.clock.run(bench.loop, bench.clock.now() + 250ms);
    EXPECT_EQ(bench.transport.most_in_flight, 8);
    trouble = false;
    bench.transport.most_in_flight = 0;
    bench.clock.run(bench.loop, bench.clock.now() + 1100ms);
    EXPECT_EQ(bench.transport.most_in_flight, 4);

    bench.begin_many(200);
    bench.clock.run(bench.loop);
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(bench.transport.most_in_flight, 8);
    EXPECT_THAT(log, HasSubstr("api.throttled"));
    EXPECT_EQ(log.find("api.throttled"), log.rfind("api.throttled")) << "once per change of state";
}

} // namespace

} // namespace pcmirror
