#include "tests/database/pool_support.hpp"
#include "tests/support/test_database.hpp"

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace pcmirror {
namespace {

using testing::backend;
using testing::Content;
using testing::error_of;
using ::testing::HasSubstr;
using testing::TestDatabase;

void raise(pqxx::connection& connection, const std::string& code) {
    pqxx::nontransaction(connection)
        .exec("do $$ begin raise exception 'raised' using errcode = '" + code + "'; end $$");
}

class Pool : public ::testing::Test {
  protected:
    template <typename Work> auto ask(Work work) { return pool.run_now("asking", work); }

    TestDatabase database{Content::empty};
    asio::io_context loop;
    DatabasePool pool{loop.get_executor(), database.secret_url(), 1, "test"};
};

TEST_F(Pool, SetsUpItsSessions) {
    const auto setting = [&](const std::string& name) {
        return ask([&](pqxx::connection& connection) {
            return pqxx::nontransaction(connection).exec("show " + name)[0][0].as<std::string>();
        });
    };
    EXPECT_EQ(setting("application_name"), "pcmirror test");
    EXPECT_EQ(setting("timezone"), "UTC");
    EXPECT_EQ(setting("client_encoding"), "UTF8");
    EXPECT_THAT(setting("datestyle"), HasSubstr("ISO"));
    EXPECT_EQ(setting("search_path"), "\"\"");
    EXPECT_EQ(setting("lock_timeout"), "30s");
    EXPECT_EQ(setting("statement_timeout"), "10min");
    EXPECT_EQ(setting("idle_in_transaction_session_timeout"), "5min");
    EXPECT_EQ(setting("synchronous_commit"), "on");
}

TEST_F(Pool, RunsTheWholeFunctionAgainAfterSerializationFailuresAndDeadlocks) {
    int runs = 0;
    const int result = ask([&](pqxx::connection& connection) {
        if (++runs < 5)
            raise(connection, runs % 2 == 0 ? "40P01" : "40001");
        return 7;
    });
    EXPECT_EQ(result, 7);
    EXPECT_EQ(runs, 5);
}

TEST_F(Pool, GivesUpAfterFiveRuns) {
    int runs = 0;
    const DatabaseError error = error_of([&] {
        ask([&](pqxx::connection& connection) {
            ++runs;
            raise(connection, "40001");
        });
    });
    EXPECT_EQ(runs, 5);
    EXPECT_EQ(error.trouble(), DatabaseTrouble::retryable);
    EXPECT_EQ(error.recovery(), Recovery::retry_later);
}

TEST_F(Pool, RepeatsNothingElse) {
    int runs = 0;
    const DatabaseError error = error_of([&] {
        ask([&](pqxx::connection& connection) {
            ++runs;
            raise(connection, "23505");
        });
    });
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(error.sqlstate(), "23505");
    EXPECT_EQ(error.recovery(), Recovery::bug);
    EXPECT_STREQ(error.what(), "asking: raised");
}

TEST_F(Pool, ReplacesAConnectionThatDiedWhileIdleWithoutAnError) {
    const int first = ask(backend);
    database.execute("select pg_terminate_backend(" + std::to_string(first) + ", 10000)");

    EXPECT_NE(ask(backend), first);
}

TEST_F(Pool, TellsALostConnectionFromARefusedStatement) {
    const DatabaseError lost = error_of([&] {
        ask([&](pqxx::connection& connection) {
            pqxx::work work(connection);
            work.exec("select pg_terminate_backend(pg_backend_pid())");
            work.exec("select 1");
        });
    });
    EXPECT_EQ(lost.trouble(), DatabaseTrouble::unreachable);
    EXPECT_EQ(lost.recovery(), Recovery::fix_database);
    EXPECT_NO_THROW(ask(backend));
}

TEST_F(Pool, IsInDoubtWhenTheConnectionIsLostDuringCommit) {
    database.execute("create table public.t (a integer);"
                     "create function public.die() returns trigger language plpgsql as $$ begin "
                     "perform pg_terminate_backend(pg_backend_pid()); return null; end $$;"
                     "create constraint trigger die after insert on public.t initially deferred "
                     "for each row execute function public.die()");
    int runs = 0;
    const DatabaseError doubt = error_of([&] {
        ask([&](pqxx::connection& connection) {
            ++runs;
            pqxx::work work(connection);
            work.exec("insert into public.t values (1)");
            work.commit();
        });
    });
    EXPECT_EQ(doubt.trouble(), DatabaseTrouble::in_doubt);
    EXPECT_EQ(runs, 1);
    EXPECT_NO_THROW(ask(backend));
}

TEST_F(Pool, SaysWhatAServerLacksAndWhetherItHelpsToWait) {
    const auto trouble = [&](const std::string& code) {
        return error_of([&] { ask([&](pqxx::connection& c) { raise(c, code); }); });
    };
    EXPECT_EQ(trouble("53100").trouble(), DatabaseTrouble::full);
    EXPECT_EQ(trouble("53100").recovery(), Recovery::retry_later);
    EXPECT_THAT(trouble("53100").hint(), HasSubstr("disk is full"));
    EXPECT_EQ(trouble("42501").trouble(), DatabaseTrouble::denied);
    EXPECT_EQ(trouble("42501").sqlstate(), "42501");
    EXPECT_EQ(trouble("42P01").trouble(), DatabaseTrouble::schema);
    EXPECT_THAT(trouble("25006").hint(), HasSubstr("standby"));
    EXPECT_EQ(trouble("57014").recovery(), Recovery::retry_later);
}

TEST_F(Pool, LetsOtherExceptionsPassAsTheyAre) {
    EXPECT_THROW(
        ask([](pqxx::connection&) { throw std::out_of_range("mine"); }), std::out_of_range
    );
}

TEST_F(Pool, ResumesOnTheLoopWithTheResult) {
    std::thread::id worker;
    std::thread::id resumed;
    const auto story = [&]() -> asio::awaitable<int> {
        const int number = co_await pool.run("asking", [&](pqxx::connection&) {
            worker = std::this_thread::get_id();
            return 42;
        });
        resumed = std::this_thread::get_id();
        co_return number;
    };
    std::future<int> result = asio::co_spawn(loop, story, asio::use_future);
    loop.run();
    EXPECT_EQ(result.get(), 42);
    EXPECT_EQ(resumed, std::this_thread::get_id());
    EXPECT_NE(worker, resumed);
}

TEST_F(Pool, EndsWhatRunsBeforeACancellationTakesEffect) {
    asio::cancellation_signal cancel;
    bool finished = false;
    bool went_on = false;
    const auto story = [&]() -> asio::awaitable<void> {
        co_await pool.run("working", [&](pqxx::connection&) {
            // From here on it is cancelled, and goes on all the same.
            std::promise<void> cancelled;
            asio::post(loop, [&] {
                cancel.emit(asio::cancellation_type::terminal);
                cancelled.set_value();
            });
            cancelled.get_future().wait();
            finished = true;
        });
        co_await pool.run("never begun", [&](pqxx::connection&) { went_on = true; });
    };
    asio::co_spawn(loop, story, asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    loop.run();
    EXPECT_TRUE(finished);
    EXPECT_FALSE(went_on);
}

TEST(PoolStop, WaitsForWhatRunsAndRefusesWhatWaits) {
    const TestDatabase database(Content::empty);
    asio::io_context loop;
    std::atomic<bool> ran = false;
    std::promise<void> started;
    std::string refusal;
    {
        DatabasePool pool(loop.get_executor(), database.secret_url(), 1, "test");
        const auto first = [&]() -> asio::awaitable<void> {
            co_await pool.run("first", [&](pqxx::connection&) {
                while (pool.use().waiting == 0)
                    std::this_thread::yield();
                started.set_value();
                // Until the pool stops, which takes away what waits.
                while (pool.use().waiting > 0)
                    std::this_thread::yield();
                ran = true;
            });
        };
        const auto second = [&]() -> asio::awaitable<void> {
            try {
                co_await pool.run("second", [](pqxx::connection&) {});
            } catch (const Error& error) {
                refusal = error.what();
            }
        };
        asio::co_spawn(loop, first, asio::detached);
        asio::co_spawn(loop, second, asio::detached);
        loop.poll();
        started.get_future().wait();
    }
    EXPECT_TRUE(ran);
    loop.restart();
    loop.run();
    EXPECT_EQ(refusal, "second: the program is stopping");
}

} // namespace
} // namespace pcmirror
