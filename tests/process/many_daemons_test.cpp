#include "tests/process/budget_windows.hpp"
#include "tests/process/kill_mirror_check.hpp"
#include "tests/process/stopped_at.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <vector>

namespace pcmirror::testing {
namespace {

/// What daemons share, and how each of them works.
struct Shared {
    std::string customers = "80";
    std::string latency = "5"; ///< milliseconds that each answer takes
    std::string every = "1h";  ///< so often subscriptions are polled
    int concurrency = 4;
    int requests_per_minute = 0;
    bool own_cluster = false; ///< one that the test may restart
};

/// Daemons that share a database.
class ManyDaemons : public ::testing::Test {
  protected:
    /// A world whose customers are mirrored.
    void begin(const Shared& shared) {
        if (shared.own_cluster)
            cluster_.emplace();
        installation_.emplace(testing::Setup{
            .simulator =
                {"--customers",
                 shared.customers,
                 "--subscriptions",
                 "2",
                 "--latency",
                 shared.latency},
            .settings =
                {{"partner_center",
                  {{"concurrency", shared.concurrency},
                   {"requests_per_minute", shared.requests_per_minute}}},
                 {"admin", {{"listen", ""}}},
                 {"schedules",
                  {{"customers", {{"every", "1h"}}},
                   {"subscriptions", {{"every", shared.every}}}}}},
            .cluster_url = cluster_ ? cluster_->url() : test_cluster_url()});
        const Outcome outcome = installation_->call({"sync", "customers"});
        ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
        installation_->simulator.control("DELETE", "/log");
    }

    void start(int daemons) {
        for (int started = 0; started < daemons; ++started)
            daemons_.push_back(std::make_unique<Process>(
                installation_->words({"run"}),
                ProcessOptions{.environment = {{"PGAPPNAME", session_name(daemons_.size())}}}
            ));
        for (const auto& daemon : daemons_)
            ASSERT_TRUE(daemon->await_err("daemon.ready")) << daemon->err();
    }

    /// None of them claims a scope before each has begun its pass.
    void start_together(int daemons) {
        pqxx::connection connection(installation_->database.url());
        pqxx::work barrier(connection);
        barrier.exec("lock table pcmirror.sync_scopes in exclusive mode");
        start(daemons);
        await(
            "select count(*) from pcmirror.sync_runs where outcome = 'running' and resource = "
            "'subscriptions'",
            daemons
        );
    }

    void kill(std::size_t victim) {
        daemons_[victim]->kill();
        EXPECT_EQ(daemons_[victim]->wait().exit_code, 128 + SIGKILL);
        daemons_.erase(daemons_.begin() + static_cast<std::ptrdiff_t>(victim));
    }

    /// Those that were not killed.
    void stop() {
        for (const auto& daemon : daemons_)
            daemon->signal(SIGTERM);
        for (const auto& daemon : daemons_) {
            const Outcome outcome = daemon->wait();
            EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        }
        daemons_.clear();
    }

    /// Waits until a query yields at least that.
    void await(const std::string& sql, long long least) const {
        const auto until = std::chrono::steady_clock::now() + process_deadline;
        while (installation_->database.number(sql) < least)
            ASSERT_LT(std::chrono::steady_clock::now(), until) << sql;
    }

    /// Waits until so many scopes were read.
    void await_read(long long scopes) const {
        await(
            "select count(*) from pcmirror.sync_scopes where resource = 'subscriptions' and "
            "last_success_at is not null",
            scopes
        );
    }

    /// When the subscriptions of each customer were asked for, milliseconds since 1970.
    [[nodiscard]] std::map<std::string, std::vector<long long>> listings() const {
        std::map<std::string, std::vector<long long>> times;
        for (const auto& request : installation_->simulator.control_lines("/log"))
            if (request["endpoint"] == "list_subscriptions" && request["continues"] == false)
                times[request["customer"]].push_back(request["arrived_at_ms"]);
        return times;
    }

    /// Milliseconds from the first listing to the last.
    [[nodiscard]] long long span() const {
        std::vector<long long> all;
        for (const auto& [customer, times] : listings())
            all.insert(all.end(), times.begin(), times.end());
        const auto [first, last] = std::ranges::minmax(all);
        return last - first;
    }

    /// What the database knows the sessions of a daemon by.
    static std::string session_name(std::size_t daemon) {
        return fmt::format("pcmirror {}", daemon);
    }

    /// Freezes a daemon for longer than its leases last, between two of its transactions: whoever
    /// waits for what it holds within one waits until the server ends that.
    void freeze(std::size_t victim) const {
        Process& daemon = *daemons_[victim];
        const std::string sessions = fmt::format(
            "pg_stat_activity where application_name = '{}' and ", session_name(victim)
        );
        do {
            daemon.signal(SIGCONT);
            daemon.signal(SIGSTOP);
            while (!is_stopped(daemon))
                ASSERT_TRUE(daemon.running()) << daemon.err();
            // What waits for a lock may wait for another session of the daemon, what waits for its
            // client (COPY does) for the daemon itself.
            await(
                "select (count(*) = 0)::int from " + sessions +
                    "state = 'active' and coalesce(wait_event_type, '') not in ('Lock', 'Client')",
                1
            );
        } while (count(sessions + "state <> 'idle'") > 0);
        installation_->database.execute(fmt::format(
            "update pcmirror.daemons set heartbeat_at = heartbeat_at - interval '2 minutes' where "
            "pid = {}",
            daemon.pid()
        ));
    }

    [[nodiscard]] long long count(const std::string& rows) const {
        return installation_->database.number("select count(*) from " + rows);
    }

    std::optional<PrivateCluster> cluster_;
    std::optional<Installation> installation_;
    std::vector<std::unique_ptr<Process>> daemons_;
};

TEST_F(ManyDaemons, AskForEachScopeOnceInARound) {
    begin({.latency = "40"});
    start(5);
    await_read(80);
    stop();
    for (const auto& [customer, times] : listings())
        EXPECT_EQ(times.size(), 1U) << customer;
    EXPECT_GE(
        installation_->database.number("select count(distinct daemon_id) from pcmirror.sync_runs "
                                       "where resource = 'subscriptions' and scopes_ok > 0"),
        2
    ) << "the work was shared";
    expect_whole_mirror(installation_->database, installation_->simulator);
}

TEST_F(ManyDaemons, AskNoMoreThanOneWouldRoundAfterRound) {
    begin({.customers = "20", .every = "3s"});
    start(3);
    await_read(20);
    installation_->database.execute(
        "create table public.seen as select started_at from pcmirror.rounds"
    );
    installation_->simulator.control("DELETE", "/log");
    constexpr long long rounds = 3;
    long long begun = 0;
    while (begun < rounds) {
        installation_->database.execute(
            "insert into public.seen select started_at from pcmirror.rounds r where resource = "
            "'subscriptions' and not exists (select from public.seen s where s.started_at = "
            "r.started_at)"
        );
        begun = installation_->database.number("select count(*) - 1 from public.seen");
    }
    stop();
    EXPECT_EQ(listings().size(), 20U);
    for (const auto& [customer, times] : listings())
        EXPECT_LE(std::ssize(times), rounds + 1) << customer;
}

TEST_F(ManyDaemons, GoOnWithWhatAKilledOneLeavesBehind) {
    begin({.latency = "60"});
    start(5);
    await_read(10);
    for (const std::size_t victim : {3U, 0U})
        kill(victim);
    await_read(80);
    stop();
    long long twice = 0;
    for (const auto& [customer, times] : listings()) {
        EXPECT_LE(times.size(), 2U) << customer;
        twice += times.size() > 1 ? 1 : 0;
    }
    EXPECT_LE(twice, 40) << "only what the killed ones had not written yet";
    EXPECT_EQ(installation_->call({"sync", "subscriptions", "--max-age", "1h"}).exit_code, 0);
    EXPECT_EQ(interrupted_runs(installation_->database), 2);
    expect_whole_mirror(installation_->database, installation_->simulator);
    expect_undone_to_nothing(installation_->database);
}

TEST_F(ManyDaemons, AreFasterThanOneWhereTheWorkIsToWait) {
    // So long that what a sanitizer costs on a busy machine is little beside it.
    const Shared slow = {.customers = "15", .latency = "700", .concurrency = 1};
    std::map<int, long long> took;
    for (const int daemons : {1, 5}) {
        begin(slow);
        start_together(daemons);
        await_read(15);
        stop();
        EXPECT_EQ(listings().size(), 15U);
        took[daemons] = span();
    }
    EXPECT_GT(took[1], 2 * took[5]) << "milliseconds";
}

TEST_F(ManyDaemons, KeepToOneBudgetThroughAKillAFreezeAndACrashOfTheDatabase) {
    constexpr int per_minute = 300;
    begin({.customers = "40", .requests_per_minute = per_minute, .own_cluster = true});
    start(5);
    await_read(6);
    kill(4);
    await_read(12);
    cluster_->restart("immediate");
    await_read(20);
    freeze(0);
    await_read(40);
    daemons_.front()->signal(SIGCONT);
    await(
        fmt::format(
            "select count(*) from pcmirror.daemons where pid = {} and heartbeat_at > now() - "
            "interval '1 minute'",
            daemons_.front()->pid()
        ),
        1
    );
    stop();

    // In windows so short that the work fills them several times; five times as much would come
    // through if each had a budget of its own.
    for (const int window_s : {3, 5})
        EXPECT_LE(
            busiest_window(installation_->simulator, window_s), most_requests(per_minute, window_s)
        ) << window_s;
    EXPECT_LE(busiest_window(installation_->simulator, 60), per_minute);
    EXPECT_EQ(listings().size(), 40U);
    EXPECT_EQ(installation_->call({"sync", "subscriptions", "--max-age", "1h"}).exit_code, 0);
    expect_whole_mirror(installation_->database, installation_->simulator);
    expect_undone_to_nothing(installation_->database);
}

TEST_F(ManyDaemons, SpreadTheScopesOfARoundOverItsInterval) {
    begin({.customers = "40", .every = "8s"});
    start(2);
    await_read(40);
    installation_->simulator.control("DELETE", "/log");
    // The second round spreads what the first one read at once.
    await(
        "select count(*) from pcmirror.sync_scopes s join pcmirror.rounds r using (resource) where "
        "resource = 'subscriptions' and s.last_success_at > r.started_at and r.started_at > "
        "(select min(started_at) + interval '7 seconds' from pcmirror.sync_runs where resource = "
        "'subscriptions')",
        40
    );
    stop();
    std::vector<long long> all;
    for (const auto& [customer, times] : listings())
        all.push_back(times.front());
    std::ranges::sort(all);
    ASSERT_EQ(all.size(), 40U);
    EXPECT_GE(all.back() - all.front(), 4000) << "milliseconds";
    for (std::size_t first = 0; first + 20 < all.size(); ++first)
        EXPECT_GT(all[first + 20] - all[first], 1000) << "half of them within a second";
}

} // namespace
} // namespace pcmirror::testing
