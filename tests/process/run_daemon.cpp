#include "tests/places/places.hpp"
#include "tests/process/commands_installation.hpp"
#include "tests/process/run_notify_socket.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

ProcessOptions under_systemd(const NotifySocket& socket) {
    return {.environment = {{"NOTIFY_SOCKET", socket.path()}, {"WATCHDOG_USEC", "1000000"}}};
}

/// Waits until a query yields a number of at least that; fails when the process ends before.
void await_number(
    const Installation& installation,
    const Process& process,
    const std::string& sql,
    long long least
) {
    while (installation.database.number(sql) < least)
        ASSERT_TRUE(process.running()) << process.err();
}

constexpr const char* ok_runs = "select count(*) from pcmirror.sync_runs where outcome = 'ok' and "
                                "resource = 'subscriptions'";

TEST(Run, MigratesPollsByScheduleTellsSystemdAndStops) {
    const Installation installation({.settings = every_second, .content = Content::empty});
    NotifySocket socket(installation.directory / "notify");
    Process daemon(installation.words({"run"}), under_systemd(socket));
    ASSERT_TRUE(socket.await("READY=1")) << daemon.err();
    EXPECT_TRUE(socket.await("STATUS="));
    EXPECT_TRUE(socket.await("WATCHDOG=1"));
    await_number(installation, daemon, ok_runs, 2);

    const auto first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    installation.simulator.control(
        "POST", "/change", {{"rename_customer", {first, "Renamed Ltd"}}}
    );
    await_number(
        installation,
        daemon,
        "select count(*) from partner_center.customers where company_name = 'Renamed Ltd'",
        1
    );
    EXPECT_EQ(installation.call({"status"}).exit_code, 0);
    EXPECT_THAT(installation.json({"status"})["daemons"][0]["kind"], "run");

    daemon.signal(SIGTERM);
    EXPECT_TRUE(socket.await("STOPPING=1"));
    const Outcome outcome = daemon.wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("daemon.stopped"));
    EXPECT_EQ(installation.database.number("select count(*) from pcmirror.daemons"), 0);
    EXPECT_EQ(
        installation.database.number(
            "select count(*) from pcmirror.sync_scopes where lease_daemon is not null"
        ),
        0
    );
}

TEST(Run, ReadsWhatANewCustomerHasAtOnce) {
    const Installation installation(
        {.settings =
             {{"schedules",
               {{"customers", {{"every", "1s"}}}, {"subscriptions", {{"every", "12h"}}}}}}}
    );
    NotifySocket socket(installation.directory / "notify");
    Process daemon(installation.words({"run"}), under_systemd(socket));
    await_number(installation, daemon, ok_runs, 1);
    installation.simulator.control(
        "POST", "/change", {{"seed", 1}, {"count", 3}, {"only", {"add_customer"}}}
    );
    await_number(
        installation,
        daemon,
        "select count(*) from pcmirror.sync_scopes where resource = 'subscriptions' and "
        "last_success_at is not null",
        15
    );
}

TEST(Run, StartsParentsFirst) {
    const Installation installation({.content = Content::empty});
    NotifySocket socket(installation.directory / "notify");
    Process daemon(installation.words({"run"}), under_systemd(socket));
    ASSERT_TRUE(socket.await("READY=1")) << daemon.err();
    await_number(installation, daemon, ok_runs, 1);
    EXPECT_EQ(
        installation.database.number("select count(*) from pcmirror.sync_scopes where resource = "
                                     "'subscriptions' and last_success_at is not null"),
        12
    );
    daemon.signal(SIGINT);
    EXPECT_EQ(daemon.wait().exit_code, 0);
}

TEST(Run, AtStartReadsOnlyWhatIsOlderThanItsInterval) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    installation.database.execute(
        "update pcmirror.sync_scopes set last_success_at = now() - interval '2 hours', "
        "last_attempt_at = now() - interval '2 hours' where scope_id in (select scope_id from "
        "pcmirror.sync_scopes where resource = 'subscriptions' order by scope_id limit 3)"
    );
    installation.simulator.control("DELETE", "/log");
    Process daemon(installation.words({"run"}));
    await_number(installation, daemon, ok_runs, 2);
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait().exit_code, 0);
    std::size_t listings = 0;
    for (const auto& request : installation.simulator.control_lines("/log"))
        listings += request.dump().find("/subscriptions") != std::string::npos ? 1U : 0U;
    EXPECT_EQ(listings, 3U);
}

TEST(Run, WarnsAtItsStartOfSchedulesThatTheBudgetCanNotServe) {
    Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const auto warned = [&](int requests_per_minute) {
        nlohmann::json settings = every_second;
        settings["partner_center"]["requests_per_minute"] = requests_per_minute;
        installation.configure(settings);
        Process daemon(installation.words({"run"}));
        EXPECT_TRUE(daemon.await_err("daemon.ready")) << daemon.err();
        daemon.signal(SIGTERM);
        return daemon.wait().err.find("schedules.do_not_hold") != std::string::npos;
    };
    EXPECT_TRUE(warned(60));
    EXPECT_FALSE(warned(60'000));
}

TEST(Run, AsksForHealthyScopesRoundAfterRoundWhileMostOfThemFail) {
    const Installation installation({.settings = every_second});
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const auto customers = installation.database.rows(
        "select customer_id::text from partner_center.customers order by 1"
    );
    constexpr std::size_t healthy = 3;
    for (std::size_t sick = healthy; sick < customers.size(); ++sick)
        installation.fault(
            {{"fault", "status"}, {"status", 500}, {"path", *customers[sick][0] + "/subscriptions"}}
        );
    Process daemon(installation.words({"run"}));
    await_number(
        installation,
        daemon,
        "select count(*) from pcmirror.sync_scopes where state = 'failing'",
        static_cast<long long>(customers.size() - healthy)
    );
    for (int round = 0; round < 3; ++round) {
        const std::string before = *installation.database.value("select now()::text");
        await_number(
            installation,
            daemon,
            "select count(*) from pcmirror.sync_scopes where resource = 'subscriptions' and "
            "last_success_at > '" +
                before + "'",
            healthy
        );
    }
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait().exit_code, 0);
    EXPECT_LE(
        installation.database.number(
            "select max(consecutive_failures) from pcmirror.sync_scopes where "
            "resource = 'subscriptions'"
        ),
        2
    ) << "those that fail are asked less and less often";
}

TEST(Run, StaysAliveWhileTheConsentIsRevokedAndRecovers) {
    const Installation installation({.settings = every_second});
    const auto tokens = [&](const char* wish) {
        return installation.simulator.control("POST", "/tokens", {{wish, true}});
    };
    tokens("revoke_refresh_token");
    NotifySocket socket(installation.directory / "notify");
    Process daemon(installation.words({"run"}), under_systemd(socket));
    ASSERT_TRUE(socket.await("READY=1"));
    EXPECT_TRUE(socket.await("STATUS=not ready: api.unavailable")) << daemon.err();
    await_number(installation, daemon, ok_runs, 3);

    const std::string fresh = tokens("issue_refresh_token")["refresh_token"];
    write_file(installation.directory / "refresh_token", fresh);
    ASSERT_TRUE(daemon.await_err("daemon.recovered"));
    daemon.signal(SIGTERM);
    const Outcome outcome = daemon.wait();
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err.find(" api.unavailable "), outcome.err.rfind(" api.unavailable "))
        << "told once, though passes that asked nothing ended well meanwhile: " << outcome.err;
}

TEST(Run, EndsWithinTheGraceWhateverHangs) {
    nlohmann::json settings = every_second;
    // Less than a process is waited for, which is less than a request lasts that hangs.
    settings["shutdown_grace"] = "40s";
    const Installation installation({.settings = settings});
    installation.fault({{"fault", "hang"}, {"path", "/subscriptions"}});
    Process daemon(installation.words({"run"}));
    await_number(
        installation,
        daemon,
        "select count(*) from pcmirror.sync_scopes where lease_daemon is not null and resource = "
        "'subscriptions'",
        1
    );
    daemon.signal(SIGTERM);
    const Outcome outcome = daemon.wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, ::testing::Not(HasSubstr("process.cut_short")))
        << "it stops by itself, and not when its time is over";
    EXPECT_EQ(
        installation.database.number(
            "select count(*) from pcmirror.sync_scopes where lease_daemon is not null"
        ),
        0
    );
}

TEST(Run, OutlivesARestartOfTheDatabase) {
    PrivateCluster cluster;
    TestDatabase database(Content::migrated, cluster.url());
    TemporaryDirectory directory;
    const Simulator simulator({"--customers", "5"});
    const auto config = write_config(directory.path(), simulator, database.url(), every_second);
    Process daemon({places::program, "run", "--config", config.string()});
    const auto await_runs = [&](long long least) {
        while (database.number(ok_runs) < least)
            ASSERT_TRUE(daemon.running()) << daemon.err();
    };
    await_runs(1);
    cluster.restart("immediate");
    const long long runs = database.number(ok_runs);
    await_runs(runs + 2);
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait().exit_code, 0) << daemon.err();
}

TEST(Run, ReloadsAGoodConfigurationAndRefusesABadOne) {
    Installation installation;
    NotifySocket socket(installation.directory / "notify");
    Process daemon(installation.words({"run"}), under_systemd(socket));
    ASSERT_TRUE(socket.await("READY=1"));
    await_number(installation, daemon, ok_runs, 1);

    installation.configure({{"schedules", {{"custmers", {{"every", "1s"}}}}}});
    daemon.signal(SIGHUP);
    ASSERT_TRUE(socket.await("RELOADING=1"));
    ASSERT_TRUE(socket.await("READY=1"));
    ASSERT_TRUE(daemon.await_err("config.refused"));

    installation.configure(every_second);
    daemon.signal(SIGHUP);
    ASSERT_TRUE(socket.await("RELOADING=1"));
    ASSERT_TRUE(socket.await("READY=1"));
    await_number(installation, daemon, ok_runs, 3);

    installation.configure({{"database", {{"url", "host=/nowhere dbname=x"}}}});
    daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.await_err("going back to the configuration before"));
    const long long runs = installation.database.number(ok_runs);
    await_number(installation, daemon, ok_runs, runs + 1);
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait().exit_code, 0);
}

TEST(Run, ExitsThreeWithoutDatabaseAndTwoWithoutConfiguration) {
    Installation installation;
    installation.configure({{"database", {{"url", "host=/nowhere dbname=x"}}}});
    EXPECT_EQ(installation.call({"run"}).exit_code, 3);
    EXPECT_EQ(run({places::program, "run", "-c", "/nowhere/pcmirror.yaml"}).exit_code, 2);
}

} // namespace
} // namespace pcmirror::testing
