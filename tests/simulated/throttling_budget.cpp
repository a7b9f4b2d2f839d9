#include "tests/support/engine_test.hpp"

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <optional>
#include <thread>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class SharedBudgetOf : public EngineTest {};

TEST_F(SharedBudgetOf, ADatabaseThatRefusesItEndsThePassInTheDatabasesWords) {
    world({"--customers", "3", "--subscriptions", "1"});
    database_.execute("alter table pcmirror.request_budget rename to budget_of_old");
    engine({{"partner_center", {{"requests_per_minute", 300}}}});
    EXPECT_THAT(error_of_pass("customers", Recovery::fix_database), HasSubstr("request_budget"));
    EXPECT_EQ(asked("list_customers"), 0U);
}

TEST(SharedBudget, OfNoLimitStillSharesWhatTheApiHoldsBack) {
    const TestDatabase database;
    asio::io_context loop;
    DatabasePool pool(loop.get_executor(), database.secret_url(), 1, "test");
    const std::unique_ptr<SharedBudget> budget = make_database_budget(pool, 0);
    const auto take = [&] {
        auto grant = asio::co_spawn(loop, budget->take(5000), asio::use_future);
        loop.restart();
        loop.run();
        return grant.get();
    };
    EXPECT_EQ(take().requests, 5000);
    asio::co_spawn(loop, budget->block(std::nullopt, std::chrono::minutes(30)), asio::detached);
    loop.restart();
    loop.run();
    const Grant held = take();
    EXPECT_EQ(held.requests, 0);
    EXPECT_GT(held.blocked_for, std::chrono::minutes(29));
}

TEST(SharedBudget, MayGoWhileItIsBeingAsked) {
    const TestDatabase database;
    pqxx::connection other(database.url());
    std::optional<pqxx::work> lock(other);
    lock->exec("select from pcmirror.request_budget for update");
    asio::io_context loop;
    DatabasePool pool(loop.get_executor(), database.secret_url(), 1, "test");
    std::unique_ptr<SharedBudget> budget = make_database_budget(pool, 300);
    asio::co_spawn(loop, budget->take(1), asio::detached);
    loop.poll();
    const std::string waiting = "select count(*) from pg_stat_activity "
                                "where datname = current_database() and wait_event_type = 'Lock'";
    while (database.number(waiting) == 0)
        std::this_thread::yield();
    budget.reset();
    lock.reset();
    const auto next_task = [](pqxx::connection&) {};
    pool.run_now("waiting for the one before", next_task);
}

} // namespace
} // namespace pcmirror::testing
