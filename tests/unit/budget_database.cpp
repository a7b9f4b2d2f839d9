#include "sync/db/shared_budget.hpp"
#include "tests/unit/fake_clock.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A budget in a database that is not there.
struct Nowhere {
    Grant take() {
        auto grant = asio::co_spawn(loop, budget->take(1), asio::use_future);
        loop.restart();
        loop.run();
        return grant.get();
    }

    fakes::FakeClock clock;
    asio::io_context loop;
    DatabasePool pool{loop.get_executor(), Secret("host=/nowhere dbname=none"), 1, "test"};
    std::unique_ptr<SharedBudget> budget = make_database_budget(pool, 300, clock);
};

TEST(DatabaseBudget, WaitsAMinuteForADatabaseThatIsAway) {
    Nowhere nowhere;
    for (int minute = 0; minute < 2; ++minute) {
        const Grant none = nowhere.take();
        EXPECT_EQ(none.requests, 0);
        EXPECT_GT(none.ask_again_after, 0ms);
        nowhere.clock.advance(59s);
        EXPECT_EQ(nowhere.take().requests, 0);
        nowhere.clock.advance(2s);
        try {
            nowhere.take();
            FAIL() << "it waits for ever";
        } catch (const DatabaseError& error) {
            EXPECT_EQ(error.recovery(), Recovery::fix_database);
            EXPECT_THAT(error.what(), HasSubstr("/nowhere"));
        }
    }
}

} // namespace
} // namespace pcmirror
