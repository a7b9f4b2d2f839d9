#include "tests/process/kill_mirror_check.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <vector>

namespace pcmirror::testing {
namespace {

/// Daemons that share a database.
class ManyDaemons : public ::testing::Test {
  protected:
    /// A world whose customers are mirrored; how often subscriptions are polled.
    void begin(const std::string& customers, const std::string& latency, const std::string& every) {
        installation_.emplace(testing::Setup{
            .simulator = {"--customers", customers, "--subscriptions", "2", "--latency", latency},
            .settings = {
                {"partner_center", {{"concurrency", 4}, {"requests_per_minute", 0}}},
                {"admin", {{"listen", ""}}},
                {"schedules",
                 {{"customers", {{"every", "1h"}}}, {"subscriptions", {{"every", every}}}}}}});
        const Outcome outcome = installation_->call({"sync", "customers"});
        ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
        installation_->simulator.control("DELETE", "/log");
    }

    void start(int daemons) {
        for (int started = 0; started < daemons; ++started)
            daemons_.push_back(std::make_unique<Process>(installation_->words({"run"})));
        for (const auto& daemon : daemons_)
            ASSERT_TRUE(daemon->await_err("daemon.ready")) << daemon->err();
    }

    void stop() {
        for (const auto& daemon : daemons_)
            daemon->signal(SIGTERM);
        for (const auto& daemon : daemons_)
            daemon->wait();
    }

    /// Waits until a query yields at least that.
    void await(const std::string& sql, long long least) const {
        const auto until = std::chrono::steady_clock::now() + process_deadline;
        while (installation_->database.number(sql) < least)
            ASSERT_LT(std::chrono::steady_clock::now(), until) << sql;
    }

    void await_all_read(long long scopes) const {
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

    std::optional<Installation> installation_;
    std::vector<std::unique_ptr<Process>> daemons_;
};

TEST_F(ManyDaemons, AskForEachScopeOnceInARound) {
    begin("80", "40", "1h");
    start(5);
    await_all_read(80);
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
    begin("20", "5", "3s");
    start(3);
    await_all_read(20);
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
    begin("80", "60", "1h");
    start(5);
    await(
        "select count(*) from pcmirror.sync_scopes where resource = 'subscriptions' and "
        "last_success_at is not null",
        10
    );
    for (const std::size_t victim : {0U, 3U})
        daemons_[victim]->kill();
    await_all_read(80);
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

TEST_F(ManyDaemons, SpreadTheScopesOfARoundOverItsInterval) {
    begin("40", "5", "8s");
    start(2);
    await_all_read(40);
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
