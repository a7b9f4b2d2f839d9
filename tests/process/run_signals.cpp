#include "tests/places/places.hpp"
#include "tests/process/commands_installation.hpp"
#include "tests/process/run_notify_socket.hpp"
#include "tests/support/cluster.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <sstream>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

/// Both resources in turn.
nlohmann::json polled_every(const std::string& interval) {
    const nlohmann::json schedule = {{"every", interval}, {"stale_after", "1h"}};
    return {{"schedules", {{"customers", schedule}, {"subscriptions", schedule}}}};
}

constexpr const char* ok_runs = "select count(*) from pcmirror.sync_runs where outcome = 'ok' and "
                                "resource = 'subscriptions'";

/// Whether a process handles SIGHUP by itself by now, instead of ending by it.
bool hears_hangup(pid_t pid) {
    std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("SigBlk:"))
            return (std::stoull(line.substr(7), nullptr, 16) & (1ULL << (SIGHUP - 1))) != 0;
    return false;
}

std::size_t count_of(const std::string& word, const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
        ++count;
    return count;
}

void await_number(
    const TestDatabase& database, const Process& process, const std::string& sql, long long least
) {
    while (database.number(sql) < least)
        ASSERT_TRUE(process.running()) << process.err();
}

TEST(RunReload, IsAllThatHangUpsDoHoweverManyAndWheneverTheyCome) {
    Installation installation({.settings = polled_every("1h")});
    Process daemon(installation.words({"run"}));
    while (!hears_hangup(daemon.pid()))
        ASSERT_TRUE(daemon.running()) << daemon.err();
    while (count_of("daemon.ready", daemon.err()) < 5 && daemon.running())
        daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.running()) << daemon.err();

    await_number(installation.database, daemon, ok_runs, 1);
    const long long runs = installation.database.number(ok_runs);
    installation.configure(polled_every("1s"));
    daemon.signal(SIGHUP);
    await_number(installation.database, daemon, ok_runs, runs + 2);
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait().exit_code, 0);
}

TEST(RunReload, OutlivesADatabaseThatIsAway) {
    PrivateCluster cluster;
    const TestDatabase database(Content::migrated, cluster.url());
    TemporaryDirectory directory;
    const Simulator simulator({"--customers", "5"});
    const auto configure = [&](const std::string& interval) {
        return write_config(directory.path(), simulator, database.url(), polled_every(interval));
    };
    NotifySocket socket(directory / "notify");
    Process daemon(
        {places::program, "run", "--config", configure("1h").string()},
        {.environment = {{"NOTIFY_SOCKET", socket.path()}, {"WATCHDOG_USEC", "1000000"}}}
    );
    await_number(database, daemon, ok_runs, 1);
    cluster.stop();
    daemon.signal(SIGHUP);
    ASSERT_TRUE(socket.await("STATUS=not ready: database.unavailable")) << daemon.err();
    EXPECT_TRUE(socket.await("WATCHDOG=1"));
    EXPECT_TRUE(socket.await("WATCHDOG=1")) << "waiting is no hanging";
    ASSERT_TRUE(daemon.running()) << daemon.err();

    const std::size_t ready = count_of("daemon.ready", daemon.err());
    cluster.start();
    while (count_of("daemon.ready", daemon.err()) == ready)
        ASSERT_TRUE(daemon.running()) << daemon.err();
    configure("1s");
    daemon.signal(SIGHUP);
    await_number(database, daemon, ok_runs, database.number(ok_runs) + 2);
    EXPECT_EQ(count_of(" database.unavailable ", daemon.err()), 1U) << daemon.err();
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait().exit_code, 0);
}

TEST(RunReload, CanBeStoppedWhileTheDatabaseIsAway) {
    PrivateCluster cluster;
    const TestDatabase database(Content::migrated, cluster.url());
    TemporaryDirectory directory;
    const Simulator simulator({"--customers", "5"});
    nlohmann::json settings = polled_every("1h");
    settings["shutdown_grace"] = "1h";
    const auto config = write_config(directory.path(), simulator, database.url(), settings);
    Process daemon({places::program, "run", "--config", config.string()});
    await_number(database, daemon, ok_runs, 1);
    cluster.stop();
    daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.await_err("database.unavailable"));
    daemon.signal(SIGTERM);
    const Outcome outcome = daemon.wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("daemon.stopped"));
    cluster.start();
}

/// A daemon that hangs at its first word: nobody reads its stderr, which is full.
class MutedRun : public ::testing::Test {
  protected:
    void start(const std::string& grace) {
        installation.configure({{"shutdown_grace", grace}});
        std::vector<std::string> words = installation.words({"run"});
        const std::string script = "mkfifo \"$0\" && exec 2<>\"$0\" && head -c 65536 /dev/zero >&2 "
                                   "&& exec \"$@\"";
        words.insert(
            words.begin(),
            {"/bin/bash", "-c", script, (installation.directory / "nobody_reads").string()}
        );
        daemon.emplace(words);
        await_number(installation.database, *daemon, "select count(*) from pcmirror.daemons", 1);
    }

    Installation installation;
    std::optional<Process> daemon;
};

TEST_F(MutedRun, EndsWithTheGrace) {
    start("1s");
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait().exit_code, 0);
}

TEST_F(MutedRun, EndsWithASecondSignal) {
    start("1h");
    daemon->signal(SIGTERM);
    daemon->signal(SIGINT);
    EXPECT_EQ(daemon->wait().exit_code, 0);
}

} // namespace
} // namespace pcmirror::testing
