#include "tests/process/kill_mirror_check.hpp"

#include <csignal>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Two programs, of which the first is told by the API to wait.
class ThrottledElsewhere : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
        customer = installation.simulator.control("GET", "/world")["examples"]["first_customer"];
        installation.simulator.control("DELETE", "/log");
    }

    /// Runs a program until it was told to wait for so many seconds, and ends it.
    void have_throttled(std::vector<std::string> words, int seconds) const {
        nlohmann::json fault = {{"fault", "status"}, {"status", 429}, {"times", 1}};
        fault["retry_after"] = seconds;
        installation.fault(fault);
        Process sync(installation.words(std::move(words)));
        while (installation.database.number(
                   "select (select count(*) from pcmirror.throttled_customers) "
                   "+ (select count(blocked_until) from pcmirror.request_budget)"
               ) == 0)
            ASSERT_TRUE(sync.running()) << sync.err();
        sync.signal(SIGTERM);
        EXPECT_EQ(sync.wait().exit_code, 1);
    }

    /// When the API was asked, in milliseconds, for the customer or for all others.
    [[nodiscard]] std::vector<double> asked(bool for_customer) const {
        std::vector<double> times;
        for (const auto& request : installation.simulator.control_lines("/log"))
            if (request["endpoint"] != "token" && (request["customer"] == customer) == for_customer)
                times.push_back(request["arrived_ms"]);
        std::ranges::sort(times);
        return times;
    }

    Installation installation{
        {.simulator = {"--customers", "12", "--subscriptions", "3"},
         .settings = {{"partner_center", {{"concurrency", 2}}}}}};
    std::string customer;
};

TEST_F(ThrottledElsewhere, CustomerIsLeftAloneUntilThenAndReadThen) {
    constexpr int seconds = 4;
    have_throttled({"sync", "subscriptions", "--customer", customer}, seconds);
    const Outcome outcome = installation.call({"sync", "subscriptions"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;

    const std::vector<double> times = asked(true);
    ASSERT_THAT(times, SizeIs(2));
    EXPECT_GE(times[1] - times[0], seconds * 1000);
    EXPECT_THAT(asked(false), SizeIs(11));
    EXPECT_LT(asked(false).back(), times[1]) << "the others need not wait";
    expect_whole_mirror(installation.database, installation.simulator);
}

TEST_F(ThrottledElsewhere, CustomerIsNamedWhereThatTakesLongerThanAPass) {
    have_throttled({"sync", "subscriptions", "--customer", customer}, 300);
    const Outcome outcome = installation.call({"sync", "subscriptions"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("1 failed, 0 refused, 0 held"));
    EXPECT_THAT(outcome.err, HasSubstr("failed   subscriptions of customer " + customer));
    EXPECT_THAT(outcome.err, HasSubstr("the API throttles this customer until"));
    EXPECT_THAT(asked(true), SizeIs(1));
    EXPECT_THAT(asked(false), SizeIs(11));

    installation.database.execute("update pcmirror.throttled_customers set blocked_until = now()");
    EXPECT_EQ(installation.call({"sync", "subscriptions"}).exit_code, 0);
    expect_whole_mirror(installation.database, installation.simulator);
}

TEST_F(ThrottledElsewhere, PartnerIsLeftAloneAltogether) {
    constexpr int seconds = 4;
    have_throttled({"sync", "customers"}, seconds);
    const Outcome outcome = installation.call({"sync"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    std::vector<double> times = asked(false);
    std::ranges::move(asked(true), std::back_inserter(times));
    std::ranges::sort(times);
    ASSERT_THAT(times, SizeIs(1 + 1 + 12));
    EXPECT_GE(times[1] - times[0], seconds * 1000);
    expect_whole_mirror(installation.database, installation.simulator);
}

} // namespace
} // namespace pcmirror::testing
