#include "tests/support/engine_test.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using nlohmann::json;

// Eighteen customers on three pages: whoever is missing wants a second proof.
class Absence : public EngineTest {
  protected:
    Absence() {
        world({"--customers", "18", "--subscriptions", "0", "--page-size", "7"});
        engine().sync();
        forget_requests();
    }

    void remove_customers(std::size_t count) {
        for (std::size_t number = 0; number < count; ++number)
            change({{"remove_customer", customer(2)}});
    }

    [[nodiscard]] long long deletes(const std::string& resource) const {
        return rows(
            "pcmirror.change_log", "operation = 'delete' and resource = '" + resource + "'"
        );
    }
};

TEST_F(Absence, IsProvenByTheCustomersOwnAnswer) {
    for (const int status : {403, 404}) {
        turn({{"unknown_customer", status}});
        const std::string leaving = customer(2);
        change({{"remove_customer", leaving}});
        forget_requests();
        const PassReport report = engine().pass("customers");
        EXPECT_EQ(report.totals.rows.deleted, 1U);
        EXPECT_EQ(report.totals.scopes_ok, 1U);
        EXPECT_EQ(asked("get_customer", leaving), 1U);
        EXPECT_EQ(asked("list_customers"), 3U);
    }
    expect_mirror_equals_world();
}

TEST_F(Absence, IsNotProvenByAnotherRefusalOrByNoAnswer) {
    for (const json& trouble :
         {json{{"fault", "refuse"}, {"code", 2006}}, json{{"fault", "status"}, {"status", 500}}}) {
        json rule = trouble;
        const std::string leaving = customer(2);
        rule["customer"] = leaving;
        fault(rule);
        change({{"remove_customer", leaving}});
        const PassReport report = engine().pass("customers");
        EXPECT_EQ(report.totals.rows.deleted, 0U) << trouble;
        EXPECT_EQ(rows("partner_center.customers", "customer_id = '" + leaving + "'"), 1);
        no_faults();
        EXPECT_EQ(engine().pass("customers").totals.rows.deleted, 1U) << trouble;
    }
}

TEST_F(Absence, OfManyIsProvenByASecondListing) {
    remove_customers(6);
    const PassReport report = engine().pass("customers");
    EXPECT_EQ(report.totals.rows.deleted, 6U);
    EXPECT_EQ(asked("get_customer"), 0U);
    EXPECT_EQ(asked("list_customers"), 4U);
    expect_mirror_equals_world();
}

TEST_F(Absence, OfManySparesTheOneThatTheSecondListingHas) {
    remove_customers(6);
    fault({{"fault", "moved_item"}, {"kind", "skip"}, {"path", "seekOperation"}, {"times", 1}});
    const PassReport report = engine().pass("customers");
    EXPECT_EQ(report.totals.rows.deleted, 6U);
    EXPECT_EQ(deletes("customers"), 6);
    expect_mirror_equals_world();
}

TEST_F(Absence, IsNotProvenByASecondListingThatBreaksOff) {
    remove_customers(6);
    fault({{"fault", "status"}, {"status", 503}, {"path", "seekOperation"}, {"after", 1}});
    const PassReport report = engine().pass("customers");
    EXPECT_EQ(report.totals.rows.deleted, 0U);
    EXPECT_EQ(report.totals.rows.seen, 12U) << "the first listing was applied, and counts";
    EXPECT_EQ(scope("state", "customers"), "failing");
    EXPECT_EQ(rows("partner_center.customers"), 18);
}

TEST_F(Absence, CostsNoFigureOfWhatWasAppliedBefore) {
    change({{"rename_customer", {customer(0), "Renamed"}}});
    change({{"add_customers", 1}});
    remove_customers(1);
    const PassReport report = engine().pass("customers");
    EXPECT_EQ(report.totals.rows.inserted, 1U);
    EXPECT_EQ(report.totals.rows.updated, 1U);
    EXPECT_EQ(report.totals.rows.deleted, 1U);
    EXPECT_EQ(report.totals.rows.seen, 18U);
    const Rows run = database_.rows(
        "select inserted, updated, deleted, rows_seen, scopes_ok from pcmirror.sync_runs "
        "order by run_id desc limit 1"
    );
    EXPECT_EQ(run, (Rows{{"1", "1", "1", "18", "1"}}));
}

TEST_F(Absence, ShowsOnceInADryRun) {
    change({{"rename_customer", {customer(0), "Renamed"}}});
    remove_customers(1);
    const PassReport report = engine().pass("customers", {.dry_run = true});
    std::vector<std::string> operations;
    for (const Change& one : report.changes)
        operations.push_back(one.table + " " + one.operation);
    std::ranges::sort(operations);
    EXPECT_EQ(std::ranges::count(operations, "customers update"), 1)
        << ::testing::PrintToString(operations);
    EXPECT_EQ(std::ranges::count(operations, "customers delete"), 1);
    EXPECT_EQ(report.totals.rows.updated, 1U);
    EXPECT_EQ(report.totals.rows.deleted, 1U);
    EXPECT_EQ(rows("partner_center.customers"), 18);
}

TEST_F(Absence, TakesTheChildrenAlong) {
    const std::string leaving = customer(0);
    change({{"add_subscriptions", {leaving, 5}}});
    engine().pass("subscriptions");
    change({{"remove_customer", leaving}});
    const PassReport report = engine().pass("customers");
    EXPECT_EQ(deletes("subscriptions"), 5);
    EXPECT_EQ(report.totals.rows.deleted, 6U) << "all that went is counted";
    EXPECT_THAT(runs_unlike_their_log(database_), ::testing::IsEmpty());
    EXPECT_EQ(rows("pcmirror.sync_scopes", "customer_id = '" + leaving + "'"), 0);
    expect_mirror_equals_world();
    // Who comes back begins anew.
    change({{"restore_customer", leaving}});
    engine().sync();
    expect_mirror_equals_world();
}

} // namespace
} // namespace pcmirror::testing
