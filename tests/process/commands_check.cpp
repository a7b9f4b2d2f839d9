#include "tests/process/commands_installation.hpp"
#include "tests/support/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Check, FindsAllWell) {
    const Installation installation;
    const Outcome outcome = installation.call({"check"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
    EXPECT_THAT(outcome.out, Not(HasSubstr("FAILED")));
    for (const char* probe : {"state directory", "database", "schema", "sign-in as user", "api"})
        EXPECT_THAT(outcome.out, HasSubstr(std::string("ok      ") + probe));
    EXPECT_EQ(installation.call({"check", "--config-only"}).exit_code, 0);
}

TEST(Check, FindsAnEmptyDatabaseReadyToBeMigrated) {
    const Installation installation({.content = Content::empty});
    const Outcome outcome = installation.call({"check"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr("migrations pending"));
}

TEST(Check, PrintsEveryProblemNotOnlyTheFirst) {
    Installation installation;
    installation.configure(
        {{"database", {{"url", "host=/nowhere dbname=x"}}}, {"state_directory", "/nowhere/at/all"}}
    );
    installation.fault({{"fault", "token_error"}, {"aadsts", 7000215}});
    const Outcome outcome = installation.call({"check"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("FAILED  state directory"));
    EXPECT_THAT(outcome.out, HasSubstr("FAILED  database"));
    EXPECT_THAT(outcome.out, HasSubstr("FAILED  sign-in as user"));
    const nlohmann::json json = installation.json({"check"});
    EXPECT_EQ(json["ok"], false);
}

TEST(Check, FindsSchedulesThatTheBudgetCanNotServe) {
    Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    installation.configure(
        {{"partner_center", {{"requests_per_minute", 60}}},
         {"schedules", {{"subscriptions", {{"every", "1s"}}}}}}
    );
    const Outcome check = installation.call({"check"});
    EXPECT_EQ(check.exit_code, 1);
    EXPECT_THAT(check.out, HasSubstr("FAILED  schedules"));
    const Outcome plan = installation.call({"plan"});
    EXPECT_EQ(plan.exit_code, 1);
    EXPECT_THAT(plan.out, HasSubstr("subscriptions would hold every"));
}

TEST(Check, PrintsProblemsOfTheDatabaseBesideThoseOfTheHttpClient) {
    Installation installation;
    const auto broken = installation.directory / "broken.pem";
    write_file(broken, "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n");
    const nlohmann::json nowhere = {{"url", "host=/nowhere dbname=x"}};
    installation.configure(
        {{"database", nowhere}, {"partner_center", {{"tls_ca_file", broken.string()}}}}
    );
    const Outcome certificates = installation.call({"check"});
    EXPECT_EQ(certificates.exit_code, 1) << certificates.err;
    EXPECT_THAT(certificates.out, HasSubstr("FAILED  database"));
    EXPECT_THAT(certificates.out, HasSubstr("broken.pem\" can't be used"));

    installation.configure({{"database", nowhere}});
    const Outcome proxy =
        installation.call({"check"}, {.environment = {{"https_proxy", "socks5://x"}}});
    EXPECT_EQ(proxy.exit_code, 1) << proxy.err;
    EXPECT_THAT(proxy.out, HasSubstr("FAILED  database"));
    EXPECT_THAT(proxy.out, HasSubstr("not a usable proxy"));
}

TEST(Check, AsksTheApiAlsoWhereTheSharedBudgetIsOutOfReach) {
    PrivateCluster cluster;
    const TestDatabase database(Content::migrated, cluster.url());
    database.execute("create role half login; grant usage on schema pcmirror to half; "
                     "grant select on pcmirror.schema_migrations to half");
    Installation installation;
    installation.configure({{"database", {{"url", database.url_as("half")}}}});
    const Outcome outcome = installation.call({"check"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("FAILED  rights"));
    EXPECT_THAT(outcome.out, HasSubstr("ok      api"));
}

} // namespace
} // namespace pcmirror::testing
