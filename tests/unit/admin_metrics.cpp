#include "daemon/admin_facts.hpp"
#include "daemon/metrics.hpp"
#include "daemon/request_label.hpp"
#include "daemon/vitals.hpp"
#include "schema/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* api = "https://api.example.com/base/v1/customers/c1";

TEST(RequestLabel, IsTheResourceWhosePathItIs) {
    const RequestLabels labels(catalogue(), "https://login.example.com");
    const std::string customer = api;
    EXPECT_EQ(labels.of("GET", "https://api.example.com/v1/customers?size=500"), "customers");
    EXPECT_EQ(labels.of("GET", customer), "customers");
    EXPECT_EQ(labels.of("GET", customer + "/users?size=500&seekOperation=Next"), "users");
    EXPECT_EQ(labels.of("GET", customer + "/users/u1"), "users");
    EXPECT_EQ(
        labels.of("GET", customer + "/users/u1/licenses?licenseGroupIds=Group1"), "user_licenses"
    );
    EXPECT_EQ(labels.of("GET", customer + "/subscriptions/s1"), "subscriptions");
    EXPECT_EQ(labels.of("GET", customer + "/subscribedskus"), "subscribed_skus");
}

TEST(RequestLabel, IsOneOfFewForAllElse) {
    const RequestLabels labels(catalogue(), "https://login.example.com");
    const std::string customer = api;
    EXPECT_EQ(labels.of("PATCH", customer + "/users/u1"), "jobs");
    EXPECT_EQ(labels.of("POST", "https://login.example.com/t/oauth2/token"), "sign_in");
    EXPECT_EQ(labels.of("GET", customer + "/no/such/thing"), "other");
    EXPECT_EQ(labels.of("GET", "https://api.example.com/elsewhere"), "other");
    EXPECT_EQ(labels.all().size(), catalogue().size() + 3);
}

TEST(RequestLabel, TellsSignInsFromTheApiOnOneServer) {
    const RequestLabels labels(catalogue(), "http://127.0.0.1:80");
    EXPECT_EQ(labels.of("POST", "http://127.0.0.1:80/t/oauth2/token"), "sign_in");
    EXPECT_EQ(labels.of("GET", "http://127.0.0.1:80/v1/customers"), "customers");
}

TEST(Vitals, ExpectNothingBeforeAnythingWorks) {
    const Vitals vitals;
    EXPECT_EQ(vitals.trouble(Vitals::Instant::clock::now()), std::nullopt);
}

TEST(Vitals, NoticeAnEventLoopThatHangs) {
    Vitals vitals;
    const Vitals::Instant start{};
    vitals.loop_turned(start);
    EXPECT_EQ(vitals.trouble(start + 29s), std::nullopt);
    EXPECT_THAT(
        vitals.trouble(start + 42s), ::testing::Optional(HasSubstr("the event loop hangs for 42 s"))
    );
    EXPECT_EQ(vitals.trouble_beside_loop(start + 42s), std::nullopt);
    vitals.rest();
    EXPECT_EQ(vitals.trouble(start + 1h), std::nullopt) << "nobody works";
}

TEST(Vitals, NoticeASchedulerThatHangs) {
    Vitals vitals;
    const Vitals::Instant start{};
    vitals.scheduler_looked(start);
    EXPECT_EQ(vitals.trouble_beside_loop(start + 90s), std::nullopt);
    EXPECT_THAT(
        vitals.trouble_beside_loop(start + 3min),
        ::testing::Optional(HasSubstr("the scheduler hangs for 180 s"))
    );
}

TEST(Vitals, ExpectNothingOfASchedulerThatHasEnded) {
    Vitals vitals;
    const Vitals::Instant start{};
    vitals.scheduler_looked(start);
    vitals.scheduler_ended();
    EXPECT_EQ(vitals.trouble_beside_loop(start + 3min), std::nullopt)
        << "a job's answer is awaited";
}

TEST(Vitals, NoticeADatabaseThreadThatHangs) {
    Vitals vitals;
    vitals.pool_is({.threads = 4, .busy = 4, .waiting = 9, .longest = 10min});
    EXPECT_EQ(vitals.trouble({}), std::nullopt) << "a statement may take that long";
    vitals.pool_is({.threads = 4, .busy = 4, .waiting = 9, .longest = 16min});
    EXPECT_THAT(
        vitals.trouble({}),
        ::testing::Optional(HasSubstr("a database thread hangs for 960 s, 9 tasks wait"))
    );
}

TEST(MetricsText, HasWhatWasCounted) {
    Metrics metrics;
    metrics.request_ended("users", 200, 20ms);
    metrics.request_ended("users", 0, 60s);
    metrics.gateway_counted({.throttled = 1, .retries = 2}, {.throttled = 3, .retries = 7});
    metrics.rows_changed(
        "users", {.seen = 10, .inserted = 1}, {.seen = 30, .inserted = 4, .deleted = 2}
    );
    metrics.pass_ended("users", "partial", 3s);
    metrics.pass_failed("users");
    metrics.job_ended("update_user", "succeeded", 700ms);
    metrics.pool_is({.threads = 4, .busy = 1, .waiting = 2});
    const std::string text = metrics.text({});
    for (const char* line :
         {"pcmirror_requests_total{resource=\"users\",status=\"200\"} 1\n",
          "pcmirror_requests_total{resource=\"users\",status=\"none\"} 1\n",
          "pcmirror_request_duration_seconds_count 2\n",
          "pcmirror_throttled_total 2\n",
          "pcmirror_request_retries_total 5\n",
          "pcmirror_rows_changed_total{operation=\"insert\",resource=\"users\"} 3\n",
          "pcmirror_rows_changed_total{operation=\"delete\",resource=\"users\"} 2\n",
          "pcmirror_records_read_total{resource=\"users\"} 20\n",
          "pcmirror_passes_total{outcome=\"partial\",resource=\"users\"} 1\n",
          "pcmirror_passes_total{outcome=\"failed\",resource=\"users\"} 1\n",
          "pcmirror_last_pass_duration_seconds{resource=\"users\"} 3\n",
          "pcmirror_jobs_finished_total{operation=\"update_user\",state=\"succeeded\"} 1\n",
          "pcmirror_job_duration_seconds_bucket{le=\"1\"} 1\n",
          "pcmirror_database_pool_connections{state=\"idle\"} 3\n",
          "pcmirror_database_pool_waiting 2\n",
          "pcmirror_budget_used_requests 2\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(MetricsText, LeavesOutWhatTheDatabaseDoesNotTell) {
    const Metrics metrics;
    AdminFacts facts;
    facts.status.emplace();
    facts.status->lines.emplace_back().resource = "users";
    EXPECT_THAT(
        metrics.text(facts),
        AllOf(
            HasSubstr("pcmirror_database_up 1\n"),
            HasSubstr("pcmirror_scopes{resource=\"users\",state=\"ok\"} 0\n")
        )
    );
    facts.database_trouble = "away";
    EXPECT_THAT(
        metrics.text(facts),
        AllOf(HasSubstr("pcmirror_database_up 0\n"), Not(HasSubstr("pcmirror_scopes")))
    );
}

TEST(MetricsText, CountsScopesByState) {
    AdminFacts facts;
    facts.status.emplace();
    ResourceStatus& line = facts.status->lines.emplace_back();
    line.resource = "users";
    line.state.scopes = 10;
    line.state.failing = 1;
    line.state.refused = 2;
    line.state.held = 1;
    line.state.excluded = 3;
    const std::string text = Metrics().text(facts);
    EXPECT_THAT(text, HasSubstr("pcmirror_scopes{resource=\"users\",state=\"ok\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("pcmirror_scopes{resource=\"users\",state=\"refused\"} 2\n"));
    EXPECT_THAT(text, Not(HasSubstr("pcmirror_resource_age_seconds{"))) << "never read";
}

} // namespace
} // namespace pcmirror
