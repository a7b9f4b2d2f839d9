#include "tests/process/budget_windows.hpp"
#include "tests/process/held_requests.hpp"
#include "tests/process/kill_mirror_check.hpp"
#include "tests/process/stopped_at.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <optional>
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

    /// None of them asks for a scope before each has claimed some.
    void start_together(int daemons) {
        const HeldRequests held(installation_->database);
        start(daemons);
        await(claimants, daemons);
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

    /// The most listings that waited for their answers at one moment.
    [[nodiscard]] std::ptrdiff_t most_at_once(long long latency_ms) const {
        std::vector<long long> arrivals;
        for (const auto& [customer, times] : listings())
            arrivals.insert(arrivals.end(), times.begin(), times.end());
        std::ranges::sort(arrivals);
        std::ptrdiff_t most = 0;
        auto first = arrivals.begin();
        for (auto last = arrivals.begin(); last != arrivals.end(); ++last) {
            while (*last - *first >= latency_ms)
                ++first;
            most = std::max(most, last - first + 1);
        }
        return most;
    }

    /// How many scopes were read by the daemon that read the most.
    [[nodiscard]] long long most_of_one() const {
        return installation_->database.number(
            "select max(scopes) from (select sum(scopes_ok) as scopes from pcmirror.sync_runs "
            "where resource = 'subscriptions' group by daemon_id) of_daemons"
        );
    }

    /// Writes down when each round of subscriptions began, in `public.begun`.
    void note_rounds() const {
        installation_->database.execute(
            "create table public.begun (started_at timestamptz primary key);"
            "create function public.note_round() returns trigger language plpgsql as $$ begin "
            "insert into public.begun values (new.started_at) on conflict do nothing; return "
            "null; end $$;"
            "create trigger note_round after insert or update on pcmirror.rounds for each row "
            "when (new.resource = 'subscriptions') execute function public.note_round()"
        );
    }

    /// What the database knows the sessions of a daemon by.
    static std::string session_name(std::size_t daemon) {
        return fmt::format("pcmirror {}", daemon);
    }

    /// Returns when all of it is stopped.
    void stop_for_now(std::size_t victim) const {
        Process& daemon = *daemons_[victim];
        daemon.signal(SIGSTOP);
        while (!is_stopped(daemon))
            ASSERT_TRUE(daemon.running()) << daemon.err();
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
            stop_for_now(victim);
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

    /// Scopes that a daemon has claimed and not written yet.
    [[nodiscard]] long long claimed_by(std::size_t daemon) const {
        return count(fmt::format(
            "pcmirror.sync_scopes s join pcmirror.daemons d on d.daemon_id = s.lease_daemon where "
            "d.pid = {}",
            daemons_[daemon]->pid()
        ));
    }

    /// Stops a daemon in the middle of its work; how many scopes it has claimed then.
    [[nodiscard]] long long stop_at_work(std::size_t victim) const {
        long long claimed = 0;
        while (claimed == 0 && !HasFatalFailure()) {
            daemons_[victim]->signal(SIGCONT);
            stop_for_now(victim);
            claimed = claimed_by(victim);
        }
        return claimed;
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
    start_together(5);
    await_read(80);
    stop();
    for (const auto& [customer, times] : listings())
        EXPECT_EQ(times.size(), 1U) << customer;
    EXPECT_EQ(
        installation_->database.number("select count(distinct daemon_id) from pcmirror.sync_runs "
                                       "where resource = 'subscriptions' and scopes_ok > 0"),
        5
    ) << "the work was shared";
    expect_whole_mirror(installation_->database, installation_->simulator);
}

TEST_F(ManyDaemons, AskNoMoreThanOneWouldRoundAfterRound) {
    begin({.customers = "20", .every = "3s"});
    note_rounds();
    start(3);
    await("select count(*) from public.begun", 4);
    stop();
    // However late this looked: no scope is asked for twice between the beginnings of two rounds.
    const long long rounds = count("public.begun");
    EXPECT_EQ(listings().size(), 20U);
    for (const auto& [customer, times] : listings())
        EXPECT_LE(std::ssize(times), rounds) << customer;
}

TEST_F(ManyDaemons, GoOnWithWhatAKilledOneLeavesBehind) {
    begin({.latency = "60"});
    // So slowly that nobody comes to the end of the work meanwhile.
    installation_->fault(
        {{"fault", "slow_first_byte"},
         {"milliseconds", 5000},
         {"path", "/subscriptions"},
         {"after", 10}}
    );
    start(5);
    await_read(10);
    long long unwritten = 0;
    for (const std::size_t victim : {3U, 0U})
        unwritten += stop_at_work(victim);
    for (const std::size_t victim : {3U, 0U})
        kill(victim);
    installation_->end_faults();
    await_read(80);
    stop();
    long long twice = 0;
    for (const auto& [customer, times] : listings()) {
        EXPECT_LE(times.size(), 2U) << customer;
        twice += times.size() > 1 ? 1 : 0;
    }
    EXPECT_LE(twice, unwritten) << "only what the killed ones had not written yet";
    EXPECT_EQ(installation_->call({"sync", "subscriptions", "--max-age", "1h"}).exit_code, 0);
    EXPECT_EQ(interrupted_runs(installation_->database), 2);
    expect_whole_mirror(installation_->database, installation_->simulator);
    expect_undone_to_nothing(installation_->database);
}

TEST_F(ManyDaemons, AreFasterThanOneWhereTheWorkIsToWait) {
    // So long that what a sanitizer costs on a busy machine is little beside it.
    const Shared slow = {.customers = "15", .latency = "700", .concurrency = 1};
    std::map<int, std::ptrdiff_t> at_once;
    std::map<int, long long> in_turn;
    for (const int daemons : {1, 5}) {
        begin(slow);
        start_together(daemons);
        await_read(15);
        stop();
        EXPECT_EQ(listings().size(), 15U);
        at_once[daemons] = most_at_once(std::stoll(slow.latency));
        in_turn[daemons] = most_of_one();
    }
    // The time itself is that of what each waits for in turn, and of whatever holds a machine up.
    EXPECT_GT(at_once[5], 2 * at_once[1]) << "listings wait beside each other";
    EXPECT_GT(in_turn[1], 2 * in_turn[5]) << "each daemon waits for a share of them";
}

TEST_F(ManyDaemons, KeepToOneBudgetThroughAKillAFreezeAndACrashOfTheDatabase) {
    constexpr int per_minute = 300;
    constexpr int daemons = 5;
    begin(
        {.customers = "80",
         .concurrency = 1,
         .requests_per_minute = per_minute,
         .own_cluster = true}
    );
    start(daemons);
    await_read(6);
    kill(4);
    await_read(12);
    cluster_->restart("immediate");
    await_read(20);
    freeze(0);
    await_read(80);
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
            busiest_window(installation_->simulator, window_s),
            most_requests(per_minute, window_s, daemons)
        ) << window_s;
    EXPECT_LE(busiest_window(installation_->simulator, 60), per_minute);
    EXPECT_EQ(listings().size(), 80U);
    EXPECT_EQ(installation_->call({"sync", "subscriptions", "--max-age", "1h"}).exit_code, 0);
    expect_whole_mirror(installation_->database, installation_->simulator);
    expect_undone_to_nothing(installation_->database);
}

TEST_F(ManyDaemons, SpreadTheScopesOfARoundOverItsInterval) {
    constexpr std::ptrdiff_t customers = 40;
    begin({.customers = std::to_string(customers), .every = "12s"});
    note_rounds();
    start(2);
    // The second round spreads what the first one read at once.
    const auto read_twice = [&] {
        const auto times = listings();
        return std::ranges::count_if(times, [](const auto& of_one) {
            return of_one.second.size() > 1;
        });
    };
    const auto until = std::chrono::steady_clock::now() + process_deadline;
    while (read_twice() < customers)
        ASSERT_LT(std::chrono::steady_clock::now(), until);
    stop();
    const long long begun = installation_->database.number(
        "select (extract(epoch from started_at) * 1000)::bigint from public.begun order by 1 "
        "offset 1 limit 1"
    );
    std::vector<long long> after;
    for (const auto& [customer, times] : listings())
        after.push_back(times.at(1) - begun);
    std::ranges::sort(after);
    // A tenth of the interval is spare. Each daemon takes along whose turn comes within a second.
    constexpr long long gap = 12'000 * 9 / 10 / customers;
    constexpr long long taken_along = 2'000 + gap;
    for (std::size_t place = 0; place < after.size(); ++place)
        EXPECT_GE(after[place], static_cast<long long>(place) * gap - taken_along)
            << "milliseconds, before its turn";
}

} // namespace
} // namespace pcmirror::testing
