#include "daemon/budget_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ScheduledLoad load(std::string resource, Milliseconds every, std::uint64_t requests) {
    return {std::move(resource), {every, every}, {.each = requests}};
}

/// A rolling re-read of so many rows in each pass.
ScheduledLoad rolling(std::string resource, Milliseconds every, std::uint64_t rows) {
    return {std::move(resource), {every, every}, {.in_turn = rows}};
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

TEST(Plan, AFirstReadingIsNoFaultOfTheSchedule) {
    ScheduledLoad licenses = rolling("user_licenses", 6h, 1'000);
    licenses.cost.once = 51'240;
    const BudgetPlan plan = make_plan({licenses}, 8.35);
    EXPECT_TRUE(plan.holds);
    EXPECT_EQ(plan.lines[0].requests, 1'000U);
    EXPECT_THAT(remarks(plan), ElementsAre("user_licenses first: 51240 requests, 1h42m, once"));
}

TEST(Plan, ARollingReReadCostsTheSameWhateverTheInterval) {
    const BudgetPlan plan = make_plan({rolling("user_licenses", 6h, 86'400)}, 8);
    EXPECT_DOUBLE_EQ(plan.wanted_per_second, 4);
    EXPECT_TRUE(plan.holds);
    EXPECT_DOUBLE_EQ(*plan.lines[0].shortest_seconds, 1);

    ScheduledLoad uneven = rolling("user_licenses", 6h, 86'400);
    uneven.interval.shortest = 1h;
    EXPECT_DOUBLE_EQ(make_plan({uneven}, 8).wanted_per_second, 4) << "less falls into an hour";

    const BudgetPlan too_much = make_plan({rolling("user_licenses", 6h, 194'400)}, 8);
    EXPECT_FALSE(too_much.holds);
    EXPECT_EQ(too_much.lines[0].shortest_seconds, std::nullopt);
    EXPECT_THAT(shortcoming(too_much), HasSubstr("raise its full_every"));
}

TEST(Plan, SaysWhatIsNotKnownYetAndWhatToDo) {
    ScheduledLoad users = load("users", 2h, 0);
    ScheduledLoad skus = load("subscribed_skus", 1h, 0);
    ScheduledLoad licenses = load("user_licenses", 6h, 0);
    users.waits_for = skus.waits_for = "customers";
    licenses.waits_for = "users";
    const BudgetPlan plan = make_plan({load("customers", 15min, 1), users, skus, licenses}, 8);
    EXPECT_TRUE(plan.holds);
    EXPECT_THAT(
        remarks(plan),
        ElementsAre(
            "not known yet: users, subscribed_skus; run: pcmirror sync customers",
            "not known yet: user_licenses; run: pcmirror sync users"
        )
    );
}

TEST(Plan, CountsRequestsByPagingAndListings) {
    constexpr Listing one[] = {{}};
    constexpr Listing two[] = {{}, {}};
    ResourceLoad load{.scopes = 1, .pages = 41};
    Resource resource;
    resource.listings = one;
    resource.paging = Paging::seek;
    EXPECT_EQ(cost_of_pass(resource, load, {}).each, 41U);
    EXPECT_EQ(cost_of_pass(resource, {}, {}).each, 1U) << "an empty partner is asked, too";

    load = {.scopes = 1000, .pages = 1003};
    resource.paging = Paging::single;
    EXPECT_EQ(cost_of_pass(resource, load, {}).each, 1000U);
    resource.paging = Paging::seek;
    resource.listings = two;
    EXPECT_EQ(cost_of_pass(resource, load, {}).each, 2003U);

    Resource child = resource;
    child.parent = &resource;
    EXPECT_EQ(cost_of_pass(child, {}, {}).each, 0U) << "nobody is there to ask about";
}

TEST(Plan, CountsEarnedRequestsByWhatIsKnownAndASliceOfTheRest) {
    constexpr EarnedReads earned;
    Resource resource;
    resource.per_row_of = &resource;
    resource.earned = &earned;
    resource.full_every = std::chrono::hours(24 * 7);
    Schedule schedule;
    schedule.every = std::chrono::hours(6);
    const ResourceLoad known{.first_rows = 900, .owed_rows = 7, .searched_rows = 20};
    EXPECT_EQ(cost_of_pass(resource, known, schedule).each, 27U);
    EXPECT_EQ(cost_of_pass(resource, known, schedule).once, 900U);

    // A round takes 6 hours less than the week, so that nothing waits longer than the week.
    const ResourceLoad all{.rolling_rows = 27'000};
    EXPECT_EQ(cost_of_pass(resource, all, schedule).in_turn, 1'000U);
    schedule.full_every = std::chrono::hours(3);
    EXPECT_EQ(cost_of_pass(resource, all, schedule).in_turn, 27'000U);
}

} // namespace
} // namespace pcmirror
