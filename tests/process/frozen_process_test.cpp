#include "tests/process/kill_mirror_check.hpp"
#include "tests/process/stopped_at.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

/// Two programs on one mirror. The first freezes in the middle of its work for longer than its
/// leases last, and the world goes on without it.
class Frozen : public ::testing::Test {
  protected:
    void SetUp() override { run_to_the_end({"sync"}); }

    void change_subscriptions(int seed) const {
        const nlohmann::json kinds = {
            "modify_subscription", "add_subscription", "remove_subscription"};
        installation.simulator.control(
            "POST", "/change", {{"seed", seed}, {"count", 60}, {"only", kinds}}
        );
    }

    /// Starts a sync and returns when it is frozen at the point.
    [[nodiscard]] std::unique_ptr<Process> freeze_at(const std::string& point) const {
        auto sync = std::make_unique<Process>(
            installation.words({"sync", "subscriptions"}),
            stopped({.point = point, .signal = SIGSTOP}, installation.directory / "mark")
        );
        while (sync->running() && !is_stopped(*sync))
            continue;
        EXPECT_TRUE(std::filesystem::exists(installation.directory / "mark")) << sync->err();
        EXPECT_GT(leases_of(*sync), 0);
        return sync;
    }

    [[nodiscard]] long long leases_of(const Process& process) const {
        return installation.database.number(
            "select count(*) from pcmirror.sync_scopes s join pcmirror.daemons d "
            "on d.daemon_id = s.lease_daemon where d.pid = " +
            std::to_string(process.pid())
        );
    }

    /// As if two minutes had passed, in which the frozen process did not say that it lives.
    void let_leases_expire(const Process& process) const {
        installation.database.execute(
            "update pcmirror.daemons set heartbeat_at = heartbeat_at - interval '2 minutes' "
            "where pid = " +
            std::to_string(process.pid())
        );
    }

    /// However long the others take.
    void keep_heartbeat_fresh(const Process& process) const {
        installation.database.execute(
            "update pcmirror.daemons set heartbeat_at = now() where pid = " +
            std::to_string(process.pid())
        );
    }

    void run_to_the_end(std::vector<std::string> arguments) const {
        const Outcome outcome = installation.call(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    }

    /// Everything that the late process could spoil.
    [[nodiscard]] std::vector<std::string> state() const {
        std::vector<std::string> all;
        for (const std::string table :
             {"partner_center.customers",
              "partner_center.subscriptions",
              "pcmirror.sync_scopes",
              "pcmirror.change_log"})
            for (const auto& row : installation.database.rows(
                     "select '" + table + "' || to_jsonb(t)::text from " + table + " t order by 1"
                 ))
                all.push_back(*row.front());
        return all;
    }

    /// Lets the frozen process go on: it ends well, and nothing that it read shows.
    void expect_late_writes_fenced(Process& process) const {
        for (const std::string resource : {"customers", "subscriptions"})
            EXPECT_EQ(
                mirrored(installation.database, resource), truth(installation.simulator, resource)
            );
        const std::vector<std::string> before = state();
        process.signal(SIGCONT);
        const Outcome outcome = process.wait();
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        EXPECT_THAT(outcome.out, HasSubstr("0 failed, 0 refused, 0 held"));
        EXPECT_EQ(state(), before);
        expect_whole_mirror(installation.database, installation.simulator);
        expect_undone_to_nothing(installation.database);
    }

    // With one connection for transactions, what is frozen before one of them is within none.
    Installation installation{
        {.simulator = {"--customers", "24", "--page-size", "7", "--latency", "20"},
         .settings = {
             {"partner_center", {{"concurrency", 4}, {"requests_per_minute", 0}}},
             {"database", {{"pool_size", 1}}},
             {"delete_guard", no_delete_guard}}}};
};

TEST_F(Frozen, BeforeItWritesRowsLosesItsScopesAndWritesNothingLate) {
    change_subscriptions(5);
    const auto frozen = freeze_at("about to apply");
    change_subscriptions(6);
    let_leases_expire(*frozen);
    run_to_the_end({"sync"});
    EXPECT_EQ(leases_of(*frozen), 0);
    EXPECT_EQ(interrupted_runs(installation.database), 1);
    expect_late_writes_fenced(*frozen);
}

TEST_F(Frozen, BeforeItFindsScopesUnchangedLosesThemAndWritesNothingLate) {
    const auto frozen = freeze_at("about to touch");
    change_subscriptions(6);
    let_leases_expire(*frozen);
    run_to_the_end({"sync"});
    EXPECT_EQ(leases_of(*frozen), 0);
    EXPECT_EQ(interrupted_runs(installation.database), 1);
    expect_late_writes_fenced(*frozen);
}

TEST_F(Frozen, KeepsItsScopesForAsLongAsItsHeartbeatIsFresh) {
    change_subscriptions(5);
    const auto frozen = freeze_at("about to apply");
    const long long leases = leases_of(*frozen);
    Process other(installation.words({"sync", "subscriptions"}));
    const std::string untouched =
        "select count(*) from pcmirror.sync_scopes where resource = 'subscriptions' and "
        "last_attempt_at < (select max(started_at) from pcmirror.sync_runs)";
    const std::string runs = "select count(*) from pcmirror.sync_runs where outcome = 'running'";
    while (installation.database.number(runs) < 2 ||
           installation.database.number(untouched) > leases) {
        keep_heartbeat_fresh(*frozen);
        ASSERT_TRUE(other.running()) << other.err();
    }
    EXPECT_EQ(leases_of(*frozen), leases);
    frozen->signal(SIGCONT);
    EXPECT_EQ(frozen->wait().exit_code, 0) << frozen->err();
    EXPECT_EQ(other.wait().exit_code, 0) << other.err();
    EXPECT_EQ(interrupted_runs(installation.database), 0);
    expect_whole_mirror(installation.database, installation.simulator);
    expect_undone_to_nothing(installation.database);
}

TEST_F(Frozen, WithTheBudgetInItsHandsKeepsNobodyWaitingForLong) {
    installation.configure(
        {{"partner_center", {{"concurrency", 4}, {"requests_per_minute", 60'000}}},
         {"delete_guard", no_delete_guard}}
    );
    change_subscriptions(5);
    const auto frozen = freeze_at("budget taken");
    change_subscriptions(6);
    let_leases_expire(*frozen);
    // Within the deadline of a process, which elsewhere a frozen one may hold a lock for longer.
    run_to_the_end({"sync"});
    expect_late_writes_fenced(*frozen);
}

TEST_F(Frozen, InTheMiddleOfATransactionIsWaitedForUntilTheServerEndsIt) {
    change_subscriptions(5);
    const auto frozen = freeze_at("before commit");
    const std::string session = *installation.database.value(
        "select pid::text from pg_stat_activity where datname = current_database() and "
        "state = 'idle in transaction'"
    );
    const std::string free_scopes =
        "with free as (select from pcmirror.sync_scopes where resource = 'subscriptions' "
        "for update skip locked) select count(*) from free";
    const long long locked = 24 - installation.database.number(free_scopes);
    ASSERT_GT(locked, 0);
    ASSERT_LT(locked, 24);
    change_subscriptions(6);
    let_leases_expire(*frozen);

    Process other(installation.words({"sync"}));
    const std::string taken =
        "select count(*) from pcmirror.sync_scopes where resource = 'subscriptions' and "
        "last_attempt_at > (select r.started_at from pcmirror.sync_runs r join pcmirror.daemons "
        "using "
        "(daemon_id) where resource = 'subscriptions' and pid = " +
        std::to_string(other.pid()) + ")";
    while (installation.database.number(taken) < 24 - locked)
        ASSERT_TRUE(other.running()) << other.err();
    ASSERT_TRUE(other.running()) << other.err();
    // What idle_in_transaction_session_timeout does after a while.
    installation.database.execute("select pg_terminate_backend(" + session + ")");
    EXPECT_EQ(other.wait().exit_code, 0) << other.err();
    expect_late_writes_fenced(*frozen);
}

} // namespace
} // namespace pcmirror::testing
