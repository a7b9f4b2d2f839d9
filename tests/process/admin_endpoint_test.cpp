#include "tests/process/admin_daemon.hpp"
#include "tests/support/cluster.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <iterator>
#include <set>
#include <sstream>

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Setup small(nlohmann::json settings = any_port) {
    return {
        .simulator = {"--customers", "5", "--subscriptions", "2"}, .settings = std::move(settings)};
}

nlohmann::json every_second_anywhere() {
    nlohmann::json settings = every_second;
    settings.merge_patch(any_port);
    return settings;
}

constexpr const char* first_scope_read =
    R"(pcmirror_resource_last_success_timestamp_seconds{resource="subscriptions"})";

TEST(AdminEndpoint, SaysThatTheDaemonIsHealthyAndReady) {
    const Installation installation(small());
    AdminDaemon daemon(installation);
    EXPECT_EQ(daemon.await_status("/readyz", 200).body, "ready\n");
    EXPECT_EQ(daemon.get("/healthz").body, "ok\n");
    const HttpAnswer answer = daemon.get("/readyz", {{"Accept", "application/json"}});
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
    EXPECT_EQ(
        nlohmann::json::parse(answer.body),
        (nlohmann::json{{"ready", true}, {"reasons", nlohmann::json::array()}})
    );
    EXPECT_EQ(daemon.get("/nothing").status, 404);
}

constexpr const char* build_info = "pcmirror_build_info{version=\"" PCMIRROR_VERSION "\"} 1\n";

TEST(AdminEndpoint, CountsInPrometheusTextFormat) {
    const Installation installation(small());
    AdminDaemon daemon(installation);
    ASSERT_TRUE(daemon.process().await_err("pass.finished resource=subscriptions"));
    const std::string text = daemon.await_text("/metrics", "pcmirror_daemons_alive 1\n").body;
    for (const char* line :
         {"# TYPE pcmirror_requests_total counter\n",
          "pcmirror_requests_total{resource=\"subscriptions\",status=\"200\"} 5\n",
          "pcmirror_requests_total{resource=\"customers\",status=\"200\"} 1\n",
          "pcmirror_requests_total{resource=\"sign_in\",status=\"200\"} 1\n",
          "pcmirror_rows_changed_total{operation=\"insert\",resource=\"customers\"} 5\n",
          build_info,
          "pcmirror_ready 1\n",
          "pcmirror_database_up 1\n",
          "pcmirror_budget_requests_per_minute 60000\n",
          "pcmirror_jobs{state=\"due\"} 0\n",
          "pcmirror_database_pool_connections{state=\"busy\"}"})
        EXPECT_THAT(text, HasSubstr(line));
    for (const auto& row :
         installation.database.rows("select customer_id::text from partner_center.customers"))
        EXPECT_THAT(text, Not(HasSubstr(*row[0]))) << "labels are bounded";
    EXPECT_EQ(
        daemon.get("/metrics").headers.at("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
}

/// What `metric-names` prints: of alerts and dashboard, or of an answer of /metrics.
std::set<std::string> metric_names(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.begin(), places::source("systemd/monitoring/metric-names"));
    const Outcome outcome = run(std::move(words), {.input = input});
    std::istringstream lines(outcome.out);
    return {std::istream_iterator<std::string>(lines), {}};
}

TEST(AdminEndpoint, ServesEveryMetricThatAlertsAndDashboardUse) {
    nlohmann::json settings = any_port;
    settings["write_back"]["enabled"] = false;
    const Installation installation(small(settings));
    AdminDaemon daemon(installation);
    ASSERT_TRUE(daemon.process().await_err("pass.finished resource=subscriptions"));
    installation.database.execute(
        "select pcmirror.enqueue_job('update_user', customer_id, jsonb_build_object('user_id', "
        "gen_random_uuid(), 'display_name', 'x')) from partner_center.customers limit 1"
    );
    const std::string text =
        daemon.await_text("/metrics", "pcmirror_jobs_oldest_age_seconds{").body;
    const std::set<std::string> used = metric_names({});
    const std::set<std::string> served = metric_names({"-"}, text);
    EXPECT_GT(used.size(), 20U);
    std::vector<std::string> lacking;
    std::ranges::set_difference(used, served, std::back_inserter(lacking));
    EXPECT_THAT(lacking, IsEmpty());
}

TEST(AdminEndpoint, ShowsWhatIsInTheMirror) {
    const Installation installation(small());
    AdminDaemon daemon(installation);
    daemon.await_text("/metrics", first_scope_read);
    const HttpAnswer page = daemon.await_text("/", ">fresh<");
    EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
    EXPECT_THAT(page.headers.at("content-security-policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(
        page.body,
        AllOf(
            HasSubstr("subscriptions"),
            HasSubstr("<svg "),
            Not(HasSubstr("http://")),
            Not(HasSubstr("https://"))
        )
    ) << "it loads nothing";
}

TEST(AdminEndpoint, ShowsNamesOfCustomersAsText) {
    const Installation installation(small(every_second_anywhere()));
    const auto customer =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    installation.simulator.control(
        "POST", "/change", {{"rename_customer", {customer, "<script>alert(1)</script>"}}}
    );
    AdminDaemon daemon(installation);
    daemon.await_text("/metrics", first_scope_read);
    installation.fault({{"fault", "status"}, {"status", 403}, {"path", "subscriptions"}});
    const std::string page = await_in_trouble(daemon, "alert(1)").body;
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
}

TEST(AdminEndpoint, SaysWhyTheDaemonIsNotReadyAndThatItIsAgain) {
    const Installation installation(small(every_second_anywhere()));
    installation.simulator.control("POST", "/tokens", {{"revoke_refresh_token", true}});
    AdminDaemon daemon(installation);
    const std::string reasons = daemon.await_text("/readyz", "api.unavailable").body;
    EXPECT_THAT(
        reasons, AllOf(HasSubstr("not ready\n"), HasSubstr("AADSTS"), HasSubstr("signs in"))
    );
    EXPECT_EQ(daemon.get("/readyz").status, 503);
    EXPECT_EQ(daemon.get("/healthz").status, 200) << "it is alive";
    EXPECT_THAT(daemon.get("/").body, AllOf(HasSubstr("What is wrong"), HasSubstr("AADSTS")));
    EXPECT_THAT(daemon.get("/metrics").body, HasSubstr("pcmirror_ready 0\n"));
    // Somebody signs in anew.
    const nlohmann::json issued =
        installation.simulator.control("POST", "/tokens", {{"issue_refresh_token", true}});
    write_file(installation.directory / "refresh_token", issued["refresh_token"]);
    EXPECT_EQ(daemon.await_status("/readyz", 200).body, "ready\n");
    EXPECT_TRUE(daemon.process().await_err("daemon.recovered"));
}

TEST(AdminEndpoint, AnswersWhileTheDatabaseIsAway) {
    PrivateCluster cluster;
    testing::Setup setup = small(every_second_anywhere());
    setup.cluster_url = cluster.url();
    const Installation installation(std::move(setup));
    AdminDaemon daemon(installation);
    daemon.await_text("/", ">fresh<");
    cluster.stop();
    daemon.await_text("/readyz", "database.");
    EXPECT_EQ(daemon.get("/healthz").status, 200);
    EXPECT_THAT(
        daemon.await_text("/metrics", "pcmirror_database_up 0\n").body,
        HasSubstr("pcmirror_requests_total")
    );
    EXPECT_THAT(daemon.await_text("/", "The database does not tell").body, HasSubstr(">fresh<"))
        << "what it told last stays";
    cluster.start();
    daemon.await_status("/readyz", 200);
    daemon.await_text("/metrics", "pcmirror_database_up 1\n");
}

/// The server's processes for a database, stopped: it takes what it is sent, and does not answer.
class FrozenDatabase {
  public:
    explicit FrozenDatabase(const TestDatabase& database) {
        for (const auto& row : database.rows(
                 "select pid from pg_stat_activity where datname = current_database() and pid <> "
                 "pg_backend_pid()"
             ))
            processes_.push_back(std::stoi(*row[0]));
        signal(SIGSTOP);
    }

    ~FrozenDatabase() { signal(SIGCONT); }

    FrozenDatabase(const FrozenDatabase&) = delete;
    FrozenDatabase& operator=(const FrozenDatabase&) = delete;

  private:
    void signal(int number) const {
        for (const pid_t process : processes_)
            kill(process, number);
    }

    std::vector<pid_t> processes_;
};

TEST(AdminEndpoint, SaysThatTheDatabaseHangs) {
    // One of its own: who makes or drops a database waits for all processes of the server.
    const PrivateCluster cluster;
    testing::Setup setup = small();
    setup.cluster_url = cluster.url();
    const Installation installation(std::move(setup));
    AdminDaemon daemon(installation);
    daemon.await_status("/readyz", 200);
    {
        const FrozenDatabase frozen(installation.database);
        const auto not_ready = [](const HttpAnswer& answer) { return answer.status == 503; };
        const HttpAnswer answer = daemon.await("/readyz", not_ready, 2 * process_deadline);
        EXPECT_THAT(answer.body, HasSubstr("database.silent"));
        EXPECT_EQ(daemon.get("/healthz").status, 200) << "a restart would not help";
    }
    daemon.await_status("/readyz", 200);
    EXPECT_TRUE(daemon.process().await_err("daemon.recovered from=database.silent"));
}

TEST(AdminEndpoint, StopsNoWorkWhereItsAddressIsTaken) {
    const Installation first(small());
    AdminDaemon daemon(first);
    testing::Setup setup = small({{"admin", {{"listen", daemon.address()}}}});
    const Installation second(std::move(setup));
    Process other(second.words({"run"}));
    EXPECT_TRUE(other.await_err("admin.unavailable")) << other.err();
    EXPECT_THAT(other.err(), HasSubstr(daemon.address()));
    EXPECT_TRUE(other.await_err("pass.finished resource=subscriptions")) << other.err();
    other.signal(SIGTERM);
    EXPECT_EQ(other.wait().exit_code, 0);
}

TEST(AdminEndpoint, MovesWithTheConfiguration) {
    Installation installation(small());
    AdminDaemon daemon(installation);
    daemon.await_status("/readyz", 200);
    installation.configure({{"admin", {{"listen", "localhost:0"}}}});
    daemon.process().signal(SIGHUP);
    daemon.move_to(daemon.await_address(2));
    EXPECT_THAT(daemon.address(), HasSubstr("localhost:"));
    EXPECT_EQ(daemon.await_status("/readyz", 200).body, "ready\n");
    installation.configure({{"admin", {{"listen", ""}}}});
    daemon.process().signal(SIGHUP);
    const auto until = std::chrono::steady_clock::now() + process_deadline;
    bool answers = true;
    while (answers && std::chrono::steady_clock::now() < until) {
        try {
            static_cast<void>(daemon.get("/healthz"));
        } catch (const std::exception&) {
            answers = false;
        }
    }
    EXPECT_FALSE(answers) << "off";
}

TEST(AdminEndpoint, IsReadOnly) {
    const Installation installation(small());
    AdminDaemon daemon(installation);
    EXPECT_EQ(http_call("POST", "http://" + daemon.address() + "/", "x").status, 405);
}

} // namespace
} // namespace pcmirror::testing
