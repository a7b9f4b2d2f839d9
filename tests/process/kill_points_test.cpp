#include "tests/process/kill_mirror_check.hpp"
#include "tests/process/stopped_at.hpp"

#include <cstdlib>
#include <random>

namespace pcmirror::testing {
namespace {

constexpr int killed = 128 + SIGKILL;

struct Point {
    const char* name;
    const char* test_name;
    int second = 2; ///< at which time the second program is killed
};

class Killed : public ::testing::TestWithParam<Point> {
  protected:
    /// Two at a time and not too fast, so that one pass needs several transactions.
    Killed()
        : installation(
              {.simulator = {"--customers", "24", "--page-size", "7", "--latency", "40"},
               .settings =
                   {{"partner_center", {{"concurrency", 2}, {"requests_per_minute", 0}}},
                    {"delete_guard", no_delete_guard}}}
          ) {
        // A program that loses the rotated refresh token can't go on.
        installation.simulator.control("POST", "/tokens", {{"forget_old_refresh_token", true}});
    }

    /// Runs the program until it is killed at the point.
    void kill_at_point(std::vector<std::string> arguments, int count) const {
        const std::filesystem::path mark = installation.directory / "mark";
        const Outcome outcome = installation.call(
            std::move(arguments), stopped({.point = GetParam().name, .count = count}, mark)
        );
        EXPECT_EQ(outcome.exit_code, killed) << outcome.err;
        EXPECT_TRUE(std::filesystem::remove(mark)) << "the point was not reached";
        await_sessions_gone(installation.database);
    }

    void run_to_the_end(std::vector<std::string> arguments) const {
        const Outcome outcome = installation.call(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    }

    const Installation installation;
};

TEST_P(Killed, InAFirstSyncAndAmongChangesLosesNothing) {
    kill_at_point({"sync", "customers"}, 1);
    run_to_the_end({"sync", "customers"});
    kill_at_point({"sync", "subscriptions"}, GetParam().second);
    run_to_the_end({"sync"});
    EXPECT_EQ(interrupted_runs(installation.database), 2);
    expect_whole_mirror(installation.database, installation.simulator);
    const auto before = table_content(installation.database, "subscriptions");
    const long long last =
        installation.database.number("select max(change_id) from pcmirror.change_log");

    installation.simulator.control("POST", "/change", {{"seed", 5}, {"count", 60}});
    run_to_the_end({"sync", "customers"});
    kill_at_point({"sync", "subscriptions"}, 1);
    run_to_the_end({"sync"});
    EXPECT_EQ(interrupted_runs(installation.database), 3);
    expect_whole_mirror(installation.database, installation.simulator);

    undo_to(installation.database, last + 1);
    EXPECT_EQ(table_content(installation.database, "subscriptions"), before);
    expect_undone_to_nothing(installation.database);
}

INSTANTIATE_TEST_SUITE_P(
    Program,
    Killed,
    ::testing::Values(
        Point{"token renamed", "TokenRenamed", 1},
        Point{"spooled", "Spooled"},
        Point{"copied", "Copied"},
        Point{"before commit", "BeforeCommit"},
        Point{"after commit", "AfterCommit"}
    ),
    [](const auto& chosen) { return chosen.param.test_name; }
);

/// Rounds of the test below: 3, or as many as PCMIRROR_SEEDS says.
int rounds() {
    const char* wanted = std::getenv("PCMIRROR_SEEDS");
    return wanted == nullptr ? 3 : std::atoi(wanted);
}

long long requests_of(const Simulator& simulator) {
    return simulator.control("GET", "/stats")["requests"];
}

/// All but the return of a customer: one that was refused meanwhile is asked again only a day
/// later.
const nlohmann::json changes_in_flight = {
    "modify_subscription",
    "add_subscription",
    "remove_subscription",
    "rename_customer",
    "add_customer",
    "remove_customer",
    "empty_customer"};

TEST(KilledAnywhere, WhileTheWorldChangesLosesNothing) {
    const Installation installation(
        {.simulator = {"--customers", "24", "--page-size", "7", "--latency", "15"},
         .settings =
             {{"partner_center", {{"concurrency", 3}, {"requests_per_minute", 0}}},
              {"delete_guard", no_delete_guard}}}
    );
    std::minstd_rand random(7);
    for (int round = 0; round < rounds(); ++round) {
        Process sync(installation.words({"sync"}));
        const long long start = requests_of(installation.simulator);
        const long long most = std::uniform_int_distribution<long long>(1, 50)(random);
        long long changes = 0;
        for (long long seen = 0; sync.running() && seen < most;
             seen = requests_of(installation.simulator) - start)
            for (; changes < seen / 8; ++changes)
                installation.simulator.control(
                    "POST",
                    "/change",
                    {{"seed", round * 1000LL + changes}, {"count", 2}, {"only", changes_in_flight}}
                );
        sync.kill();
        sync.wait();
        await_sessions_gone(installation.database);
    }
    const Outcome outcome = installation.call({"sync"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    expect_whole_mirror(installation.database, installation.simulator);
    expect_undone_to_nothing(installation.database);
}

} // namespace
} // namespace pcmirror::testing
