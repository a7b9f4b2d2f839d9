#include "sync/gateway/allowance.hpp"
#include "sync/gateway/concurrency.hpp"
#include "sync/gateway/fair_queue.hpp"
#include "sync/gateway/holds.hpp"

#include <gtest/gtest.h>
#include <map>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant(1000h);

const auto anyone = [](int) { return true; };

TEST(FairQueue, SharesEightFourTwoOneWhileAllClassesWait) {
    FairQueue<int> queue;
    for (int i = 0; i < 150; ++i) {
        for (int priority = 0; priority < 4; ++priority) {
            queue.push(static_cast<Priority>(priority), priority);
        }
    }
    std::map<int, int> served;
    for (int i = 0; i < 150; ++i) {
        ++served[queue.pop(anyone).value()];
    }
    EXPECT_NEAR(served[0], 80, 1);
    EXPECT_NEAR(served[1], 40, 1);
    EXPECT_NEAR(served[2], 20, 1);
    EXPECT_NEAR(served[3], 10, 1);
}

TEST(FairQueue, ServesTheMoreUrgentClassFirst) {
    FairQueue<int> queue;
    queue.push(Priority::poll, 3);
    queue.push(Priority::write_back, 0);
    EXPECT_EQ(queue.pop(anyone), 0);
    EXPECT_EQ(queue.pop(anyone), 3);
    EXPECT_EQ(queue.pop(anyone), std::nullopt);
}

TEST(FairQueue, SavesUpNothingWhileAClassIsEmpty) {
    FairQueue<int> queue;
    for (int i = 0; i < 100; ++i) {
        queue.push(Priority::poll, 3);
        queue.pop(anyone);
    }
    for (int i = 0; i < 30; ++i) {
        queue.push(Priority::write_back, 0);
        queue.push(Priority::poll, 3);
    }
    int polls = 0;
    for (int i = 0; i < 18; ++i) {
        polls += queue.pop(anyone) == 3 ? 1 : 0;
    }
    EXPECT_GE(polls, 1) << "polls must not pay for having had the gate to themselves";
    EXPECT_LE(polls, 3);
}

TEST(FairQueue, KeepsTheOrderWithinAClassAndPassesOverWhoMayNotGo) {
    FairQueue<int> queue;
    for (int item = 1; item <= 5; ++item) {
        queue.push(Priority::poll, item);
    }
    EXPECT_TRUE(queue.remove(3));
    EXPECT_FALSE(queue.remove(3));
    EXPECT_EQ(queue.pop([](int item) { return item > 1; }), 2);
    EXPECT_EQ(queue.pop(anyone), 1);
    EXPECT_EQ(queue.pop(anyone), 4);
    EXPECT_EQ(queue.size(), 1U);
    EXPECT_EQ(queue.pop([](int) { return false; }), std::nullopt);
    EXPECT_EQ(queue.size(), 1U);
}

TEST(Concurrency, HalvesOncePerSecondAndGrowsByOneAfterEachWindowOfSuccess) {
    Concurrency concurrency(16);
    concurrency.throttled(start);
    concurrency.throttled(start + 300ms);
    EXPECT_EQ(concurrency.allowed(), 8);
    concurrency.throttled(start + 1s);
    EXPECT_EQ(concurrency.allowed(), 4);

    for (int i = 0; i < 4; ++i) {
        concurrency.succeeded();
    }
    EXPECT_EQ(concurrency.allowed(), 5);
    for (int i = 0; i < 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14; ++i) {
        concurrency.succeeded();
    }
    EXPECT_EQ(concurrency.allowed(), 15);
    for (int i = 0; i < 1000; ++i) {
        concurrency.succeeded();
    }
    EXPECT_EQ(concurrency.allowed(), 16);
}

TEST(Concurrency, NeverFallsBelowOne) {
    Concurrency concurrency(3);
    for (int i = 0; i < 5; ++i) {
        concurrency.throttled(start + i * 2s);
    }
    EXPECT_EQ(concurrency.allowed(), 1);
}

TEST(Holds, HoldBackTheCustomerThatWasThrottled) {
    Holds holds;
    const auto hold = holds.throttled("a", start, start, 30s);
    EXPECT_FALSE(hold.everything);
    EXPECT_EQ(hold.time, 30s);
    EXPECT_EQ(holds.until("a"), start + 30s);
    EXPECT_LT(holds.until("b"), start);
    EXPECT_LT(holds.until(std::nullopt), start);
}

TEST(Holds, HoldBackEverythingForAPathOfThePartner) {
    Holds holds;
    EXPECT_TRUE(holds.throttled(std::nullopt, start, start, 30s).everything);
    EXPECT_EQ(holds.until("a"), start + 30s);
}

TEST(Holds, HoldBackEverythingForASecondCustomerWhileTheFirstIsHeld) {
    Holds holds;
    holds.throttled("a", start, start, 10s);
    EXPECT_FALSE(holds.throttled("a", start, start + 1s, 10s).everything);
    EXPECT_TRUE(holds.throttled("b", start, start + 5s, 10s).everything);
    EXPECT_EQ(holds.until("c"), start + 15s);
    EXPECT_FALSE(holds.throttled("c", start + 20s, start + 20s, 10s).everything);
}

TEST(Holds, WaitLongerEachTimeTheWaitWasInVain) {
    Holds holds;
    Instant now = start;
    const auto again = [&](std::optional<std::chrono::seconds> asked) {
        const auto time = holds.throttled("a", now, now, asked).time;
        now += time;
        return time;
    };
    EXPECT_EQ(again(5s), 5s);
    EXPECT_EQ(again(5s), 7s);
    EXPECT_EQ(again(5s), 9s);
    EXPECT_EQ(again(std::nullopt), 16s);
    for (int i = 0; i < 5; ++i) {
        again(std::nullopt);
    }
    EXPECT_EQ(again(std::nullopt), 60s);
    holds.succeeded("a", now);
    EXPECT_EQ(again(std::nullopt), 2s);
}

TEST(Holds, TakeOneBurstForOneSign) {
    Holds holds;
    for (int i = 0; i < 16; ++i) {
        EXPECT_EQ(holds.throttled("a", start, start + i * 10ms, 5s).time, 5s);
    }
    holds.succeeded("a", start - 1s);
    EXPECT_EQ(holds.throttled("a", start + 6s, start + 6s, 5s).time, 7s)
        << "the answer to an earlier request proved nothing";
}

TEST(Allowance, AsksForASecondOfBudgetAtMostAndForNoMoreThanIsWaiting) {
    const Allowance allowance(600);
    EXPECT_EQ(allowance.next_chunk(3), 3);
    EXPECT_EQ(allowance.next_chunk(500), 10);
    EXPECT_EQ(allowance.next_chunk(0), 1);
    EXPECT_EQ(Allowance(30).next_chunk(50), 1);
}

TEST(Allowance, ExpiresAndThenAsksForNoMoreThanWasUsed) {
    Allowance allowance(600);
    Grant grant;
    grant.requests = 10;
    grant.valid_for = 1s;
    allowance.add(grant, start);
    EXPECT_TRUE(allowance.at_hand(start + 999ms));
    EXPECT_EQ(allowance.spend(), start + 1s);
    EXPECT_EQ(allowance.spend(), start + 1s);
    EXPECT_FALSE(allowance.at_hand(start + 1s));

    allowance.add(grant, start + 1s);
    EXPECT_EQ(allowance.next_chunk(500), 2);

    for (int i = 0; i < 10; ++i) {
        allowance.spend();
    }
    EXPECT_FALSE(allowance.at_hand(start + 1s));
    allowance.add(grant, start + 2s);
    EXPECT_EQ(allowance.next_chunk(500), 4);
}

} // namespace

} // namespace pcmirror
