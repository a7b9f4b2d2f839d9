#include "tests/process/commands_installation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

/// How `sync` ends, by what became of the scopes.
class SyncEnd : public ::testing::Test {
  protected:
    [[nodiscard]] nlohmann::json subscriptions_of(const nlohmann::json& summary) const {
        for (const auto& resource : summary["resources"])
            if (resource["resource"] == "subscriptions")
                return resource;
        return {};
    }

    [[nodiscard]] std::string customer(int number) const {
        return *installation.database.value(
            "select customer_id::text from partner_center.customers order by 1 offset " +
            std::to_string(number) + " limit 1"
        );
    }

    Installation installation{
        {.simulator = {"--customers", "12", "--subscriptions", "3", "--big-customer", "40"}}};
};

TEST_F(SyncEnd, OfHeldDeletesIsOneUntilTheyAreReleased) {
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const std::string first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    installation.simulator.control("POST", "/change", {{"empty_customer", first}});

    const Outcome held = installation.call({"sync"});
    EXPECT_EQ(held.exit_code, 1);
    EXPECT_THAT(held.err, HasSubstr("held     subscriptions of customer " + first));
    const std::string remedy =
        "pcmirror sync subscriptions --customer " + first + " --allow-deletes";
    EXPECT_THAT(held.err, HasSubstr(remedy));

    const Outcome released =
        installation.call({"sync", "subscriptions", "--customer", first, "--allow-deletes"});
    EXPECT_EQ(released.exit_code, 0) << released.err;
    EXPECT_EQ(installation.call({"sync"}).exit_code, 0);
}

TEST_F(SyncEnd, OfARejectedRecordAloneIsZeroAndCountsIt) {
    installation.fault(
        {{"fault", "bad_records"}, {"kind", "wrong_type"}, {"path", "/subscriptions"}}
    );
    const nlohmann::json summary = installation.json({"sync"});
    EXPECT_EQ(summary["ok"], true);
    EXPECT_GT(subscriptions_of(summary)["rejected"], 0);
    EXPECT_EQ(installation.call({"sync"}).exit_code, 0);
}

TEST_F(SyncEnd, OfToleratedRefusalsIsOneBesideOtherTrouble) {
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    installation.fault({{"fault", "refuse"}, {"path", customer(0) + "/subscriptions"}});
    EXPECT_EQ(installation.call({"sync"}).exit_code, 1);
    EXPECT_EQ(installation.call({"sync", "--tolerate-refused"}).exit_code, 0);
    installation.fault({{"fault", "not_found"}, {"path", customer(1) + "/subscriptions"}});
    EXPECT_EQ(installation.call({"sync", "--tolerate-refused"}).exit_code, 1);
}

TEST_F(SyncEnd, RecordsTheRequestsThatTheApiGot) {
    installation.fault({{"fault", "reset_after"}, {"path", "/subscriptions"}, {"probability", 0.3}}
    );
    EXPECT_EQ(installation.call({"sync"}).exit_code, 0);
    long long asked = 0;
    for (const auto& request : installation.simulator.control_lines("/log"))
        asked += request["endpoint"] == "token" ? 0 : 1;
    EXPECT_EQ(installation.database.number("select sum(requests) from pcmirror.sync_runs"), asked);
}

TEST_F(SyncEnd, FindsAWrongRowOnlyWhenToldToTrustNothing) {
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    installation.database.execute("update partner_center.subscriptions set friendly_name = 'x' "
                                  "where friendly_name is distinct from 'x'");
    EXPECT_EQ(subscriptions_of(installation.json({"sync"}))["updated"], 0);
    EXPECT_GT(subscriptions_of(installation.json({"sync", "--full"}))["updated"], 0);
}

TEST_F(SyncEnd, IsTheSameWithOneConnectionAndTheEnvironmentsServer) {
    const std::string url = installation.database.url();
    const std::string host = url.substr(url.find("host=") + 5);
    installation.configure({{"database", {{"url", "postgresql://"}, {"pool_size", 1}}}});
    const Outcome outcome = installation.call(
        {"sync"},
        {.environment =
             {{"PGHOST", host},
              {"PGUSER", "postgres"},
              {"PGDATABASE", installation.database.name()}}}
    );
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(
        installation.database.number("select count(*) from partner_center.subscriptions"),
        installation.simulator.control("GET", "/world")["subscriptions"]
    );
}

} // namespace
} // namespace pcmirror::testing
