#include "daemon/budget_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

ScheduledLoad load(std::string resource, Milliseconds every, std::uint64_t requests) {
    return {std::move(resource), {every, every}, requests};
}

TEST(Plan, AgeIsIntervalPlusPass) {
    const BudgetPlan plan = make_plan({load("subscriptions", 2h, 20'000)}, 8);
    const BudgetLine& line = plan.lines.front();
    EXPECT_DOUBLE_EQ(*line.pass_seconds, 2500);
    EXPECT_DOUBLE_EQ(line.age_seconds, 7200 + 2500);
    EXPECT_TRUE(line.holds);
    EXPECT_TRUE(plan.holds);
    EXPECT_DOUBLE_EQ(*line.shortest_seconds, 42 * 60);
    EXPECT_EQ(shortcoming(plan), "");
}

TEST(Plan, SaysWhichIntervalWouldHold) {
    const BudgetPlan plan = make_plan({load("subscriptions", 1min, 600)}, 8);
    const BudgetLine& line = plan.lines.front();
    EXPECT_FALSE(line.holds);
    EXPECT_DOUBLE_EQ(*line.shortest_seconds, 75);
    EXPECT_DOUBLE_EQ(line.age_seconds, 150) << "a pass follows on a pass";
    EXPECT_THAT(shortcoming(plan), HasSubstr("subscriptions would hold every 1m15s"));

    const BudgetPlan mended = make_plan({load("subscriptions", 75s, 600)}, 8);
    EXPECT_TRUE(mended.holds);
}

TEST(Plan, SchedulesShareTheBudget) {
    // Each alone would hold.
    const BudgetPlan plan = make_plan({load("a", 100s, 500), load("b", 100s, 500)}, 8);
    EXPECT_DOUBLE_EQ(plan.wanted_per_second, 10);
    EXPECT_FALSE(plan.holds);
    EXPECT_FALSE(plan.lines[0].holds);
    EXPECT_DOUBLE_EQ(*plan.lines[0].shortest_seconds, 167);
    EXPECT_TRUE(make_plan({load("a", 167s, 500), load("b", 100s, 500)}, 8).holds);
}

TEST(Plan, OthersMayLeaveNothing) {
    const BudgetPlan plan = make_plan({load("a", 1s, 100), load("b", 1h, 1)}, 8);
    EXPECT_EQ(plan.lines[1].shortest_seconds, std::nullopt);
    EXPECT_FALSE(plan.lines[1].holds);
}

TEST(Plan, WithoutBudgetEverythingHolds) {
    const BudgetPlan plan = make_plan({load("a", 1s, 100'000)}, 0);
    EXPECT_TRUE(plan.holds);
    EXPECT_EQ(plan.lines[0].pass_seconds, std::nullopt);
    EXPECT_DOUBLE_EQ(plan.lines[0].age_seconds, 1);
}

TEST(Plan, CountsRequestsByPagingListingsAndRows) {
    constexpr Listing one[] = {{}};
    constexpr Listing two[] = {{}, {}};
    ResourceLoad load{.scopes = 1, .rows = 20'001, .pages = 41};
    Resource resource;
    resource.listings = one;
    resource.paging = Paging::seek;
    EXPECT_EQ(requests_of_pass(resource, load, {}), 41U);
    EXPECT_EQ(requests_of_pass(resource, {}, {}), 1U) << "an empty partner is asked, too";

    load = {.scopes = 1000, .rows = 5000, .pages = 1003};
    resource.paging = Paging::single;
    EXPECT_EQ(requests_of_pass(resource, load, {}), 1000U);
    resource.paging = Paging::seek;
    resource.listings = two;
    EXPECT_EQ(requests_of_pass(resource, load, {}), 2003U);
}

TEST(Plan, CountsEarnedRequestsByWhatIsOwedAndASliceOfTheRest) {
    Resource resource;
    resource.per_row_of = &resource;
    resource.full_every = std::chrono::hours(24 * 7);
    Schedule schedule;
    schedule.every = std::chrono::hours(6);
    EXPECT_EQ(requests_of_pass(resource, {.owed_rows = 50'000}, schedule), 50'000U);

    // A round takes 6 hours less than the week, so that nothing waits longer than the week.
    EXPECT_EQ(requests_of_pass(resource, {.rolling_rows = 27'000}, schedule), 1'000U);
    EXPECT_EQ(
        requests_of_pass(resource, {.owed_rows = 7, .rolling_rows = 27'000}, schedule), 1'007U
    );
    schedule.full_every = std::chrono::hours(3);
    EXPECT_EQ(requests_of_pass(resource, {.rolling_rows = 27'000}, schedule), 27'000U);
}

} // namespace
} // namespace pcmirror
