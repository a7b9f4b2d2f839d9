#include "sync/poll/patience.hpp"
#include "tests/unit/fake_clock.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

/// Database work that counts its tries.
class Patient : public ::testing::Test {
  protected:
    static DatabaseError trouble(DatabaseTrouble kind) {
        return {kind, Recovery::fix_database, "trouble", {}};
    }

    asio::awaitable<int> work() {
        ++tries;
        if (answer)
            throw trouble(*answer);
        co_return tries;
    }

    /// The database is away for so long from now on.
    asio::awaitable<int> work_until(Instant back_at) {
        if (clock.now() < back_at)
            throw trouble(DatabaseTrouble::unreachable);
        co_return 0;
    }

    int ask() {
        tries = 0;
        return fakes::finish(loop, clock, patience.wait_for([this] { return work(); }));
    }

    void expect_given_up() { EXPECT_THROW(ask(), DatabaseError); }

    asio::io_context loop;
    fakes::FakeClock clock;
    Patience patience{clock};
    std::optional<DatabaseTrouble> answer;
    int tries = 0;
};

TEST_F(Patient, WorkIsRepeatedForAMinute) {
    answer = DatabaseTrouble::unreachable;
    const Instant began = clock.now();
    expect_given_up();
    EXPECT_GT(tries, 20);
    EXPECT_GT(clock.now() - began, 60s);
    EXPECT_LT(clock.now() - began, 64s);
}

TEST_F(Patient, WorkWaitsForAnOutageOnceInAll) {
    answer = DatabaseTrouble::unreachable;
    expect_given_up();
    for (int other = 0; other < 2; ++other) {
        expect_given_up();
        EXPECT_EQ(tries, 1) << "somebody has waited already";
    }
}

TEST_F(Patient, WorkWaitsAnewOnceTheDatabaseWasThere) {
    answer = DatabaseTrouble::in_doubt;
    expect_given_up();
    answer.reset();
    EXPECT_EQ(ask(), 1);
    answer = DatabaseTrouble::unreachable;
    expect_given_up();
    EXPECT_GT(tries, 20);

    answer = DatabaseTrouble::other;
    expect_given_up();
    EXPECT_EQ(tries, 1) << "an answer, if a bad one";
    answer = DatabaseTrouble::unreachable;
    expect_given_up();
    EXPECT_GT(tries, 20);
}

TEST_F(Patient, WorkRidesOutOneOutageAfterTheOther) {
    for (int outage = 0; outage < 3; ++outage) {
        const Instant back_at = clock.now() + 50s;
        fakes::finish(loop, clock, patience.wait_for([&] { return work_until(back_at); }));
        EXPECT_GE(clock.now(), back_at);
    }
}

TEST_F(Patient, WorkThatMissedTheDatabaseBetweenTwoOutagesRidesOutTheSecond) {
    const Instant back_at = clock.now() + 80s;
    const auto outcome = fakes::start(loop, patience.wait_for([&] { return work_until(back_at); }));
    clock.run(loop, clock.now() + 40s);

    // Somebody else meets it in between.
    fakes::start(loop, patience.wait_for([this] { return work(); }));
    clock.run(loop);

    EXPECT_TRUE(outcome->done);
    EXPECT_FALSE(outcome->failure);
}

TEST_F(Patient, WorkThatFailsAloneIsGivenUpInTheEnd) {
    int lonely = 0;
    const auto outcome = fakes::start(loop, patience.wait_for([&]() -> asio::awaitable<int> {
        ++lonely;
        // Somebody else succeeds between any two of its tries.
        co_await patience.wait_for([this] { return work(); });
        throw trouble(DatabaseTrouble::unreachable);
    }));
    clock.run(loop);
    EXPECT_TRUE(outcome->done);
    EXPECT_TRUE(outcome->failure);
    EXPECT_GT(lonely, 20);
}

} // namespace
} // namespace pcmirror
