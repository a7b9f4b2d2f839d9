#include "daemon/budget_plan.hpp"
#include "tests/simulated/license_world.hpp"

#include <algorithm>

namespace pcmirror::testing {
namespace {

/// What `pcmirror plan` predicts, beside what passes then ask.
class PlannedWorld : public LicenseWorld {
  protected:
    BudgetLine line_of(const std::string& resource) {
        asio::io_context loop;
        DatabasePool pool(loop.get_executor(), database_.secret_url(), 1, "plan");
        ReportStore store(pool);
        const BudgetPlan plan =
            read_plan(engine().settings(), {catalogue().begin(), catalogue().end()}, store, 8);
        return *std::ranges::find(plan.lines, resource, &BudgetLine::resource);
    }

    static void expect_predicted(double predicted, double asked) {
        EXPECT_NEAR(predicted, asked, asked / 10);
    }

    /// Predicted, then asked by a pass that comes when the schedule says.
    void expect_pass_as_planned() {
        const auto predicted = static_cast<double>(line_of(licenses).requests);
        wait("6 hours");
        const PassReport report = engine().pass(licenses);
        expect_predicted(predicted, static_cast<double>(report.totals.requests));
    }
};

TEST_F(PlannedWorld, IsUnknownBeforeWhatItIsReadBy) {
    world({"--customers", "4", "--users", "3"});
    EXPECT_EQ(line_of("customers").requests, 1U);
    for (const char* resource : {"subscriptions", "users", "subscribed_skus", licenses})
        EXPECT_EQ(line_of(resource).waits_for, "customers");

    engine().pass("customers");
    EXPECT_EQ(line_of("subscriptions").waits_for, "");
    EXPECT_EQ(line_of("subscriptions").requests, 4U);
    EXPECT_EQ(line_of("subscribed_skus").waits_for, "");
    EXPECT_EQ(line_of("users").requests, 8U) << "two listings each";
    EXPECT_EQ(line_of(licenses).waits_for, "users");

    engine().pass("users");
    EXPECT_EQ(line_of(licenses).waits_for, "");
}

TEST_F(PlannedWorld, CountsTheListOfCustomersThatTheConfigurationLeavesOut) {
    world({"--customers", "1100"});
    engine({{"customers", {{"include", {customer(0)}}}}}).pass("customers");
    EXPECT_EQ(rows("partner_center.customers"), 1);
    EXPECT_EQ(line_of("customers").requests, 3U);
}

TEST_F(PlannedWorld, SetsFirstReadingsApart) {
    world({"--customers", "3", "--users", "10", "--big-users", "800", "--subscriptions", "0"});
    engine(no_guard()).pass("customers");
    engine().pass("users");
    engine().pass("subscribed_skus");
    const auto users = static_cast<std::uint64_t>(rows("partner_center.users"));
    const BudgetLine first = line_of(licenses);
    EXPECT_EQ(first.first_requests, users);
    EXPECT_NEAR(static_cast<double>(first.requests), static_cast<double>(users) / 27, 1);
    EXPECT_TRUE(first.holds);

    fault({{"fault", "status"}, {"status", 500}, {"path", "licenses"}, {"after", 600}});
    engine().pass(licenses);
    no_faults();
    const BudgetLine interrupted = line_of(licenses);
    // To be read on, or owed.
    EXPECT_GT(interrupted.first_requests + interrupted.requests, first.requests);
    const PassReport rest = engine().pass(licenses);
    expect_predicted(
        static_cast<double>(interrupted.first_requests + interrupted.requests - first.requests),
        static_cast<double>(rest.totals.requests)
    );

    EXPECT_EQ(line_of(licenses).first_requests, 0U);
    EXPECT_EQ(line_of(licenses).requests, first.requests);
}

TEST_F(PlannedWorld, PredictsTheRollingReRead) {
    mirrored_world({"--customers", "5", "--users", "11", "--big-users", "70"});
    const auto predicted = static_cast<double>(line_of(licenses).requests);

    constexpr int round = 27;
    for (int pass = 0; pass < round; ++pass) {
        wait("6 hours");
        engine().pass(licenses);
    }

    expect_predicted(predicted * round, static_cast<double>(licenses_asked()));
}

TEST_F(PlannedWorld, PredictsReadsThatAreOwed) {
    mirrored_world({"--customers", "2", "--users", "0", "--big-users", "600"});
    change({{"add_users", {big(), 30}}});
    engine().pass("users");
    expect_pass_as_planned();
}

TEST_F(PlannedWorld, PredictsWhatASearchAsksOfThoseWhoChanged) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "900"});
    const std::uint64_t before = line_of(licenses).requests;
    const std::string user = unlicensed_user(big());
    change({{"set_user", {big(), user, {{"displayName", "Promoted"}}}}});
    change({{"assign_license", {big(), user, sku_of(big())}}});
    engine().pass("users");
    engine().pass("subscribed_skus");
    EXPECT_EQ(line_of(licenses).requests, before + 1);
    EXPECT_EQ(engine().pass(licenses).totals.requests, 1U);
}

TEST_F(PlannedWorld, PredictsWhatSearchesAskOnTheWhole) {
    mirrored_world({"--customers", "60", "--users", "40"});
    std::uint64_t given = 0;
    for (const std::string& customer : customers()) {
        const auto free = database_.value(
            "select sku_id from partner_center.subscribed_skus where customer_id = '" + customer +
            "' and target_type = 'User' and available_units > 0 order by sku_id limit 1"
        );
        const auto user = database_.value(
            "select user_id::text from partner_center.users u where customer_id = '" + customer +
            "' and state = 'active' and usage_location is not null and not exists (select from "
            "partner_center.user_licenses l where l.user_id = u.user_id) order by user_id limit 1 "
            "offset 3"
        );
        if (!free || !user)
            continue;
        change({{"assign_license", {customer, *user, *free}}});
        ++given;
    }
    ASSERT_GT(given, 30U);
    engine().pass("subscribed_skus");
    const BudgetLine planned = line_of(licenses);
    const auto turn = static_cast<double>(rows("partner_center.users")) / 27;

    const PassReport report = engine().pass(licenses);

    EXPECT_EQ(report.totals.rows.inserted, given);
    expect_predicted(
        static_cast<double>(planned.requests) - turn, static_cast<double>(report.totals.requests)
    );
}

} // namespace
} // namespace pcmirror::testing
