#include "tests/process/kill_mirror_check.hpp"

#include <csignal>
#include <cstdint>

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

    /// Runs a program until it was told to wait, for longer than any test, and ends it.
    void have_throttled(std::vector<std::string> words) const {
        nlohmann::json fault = {{"fault", "status"}, {"status", 429}, {"times", 1}};
        fault["retry_after"] = 300;
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

    /// As if the rest of the wait was so long; when it is over, in milliseconds since 1970.
    [[nodiscard]] std::int64_t
    let_wait_be_over_in(const std::string& interval, const std::string& table) const {
        return installation.database.number(
            "update pcmirror." + table + " set blocked_until = clock_timestamp() + interval '" +
            interval + "' returning floor(extract(epoch from blocked_until) * 1000)::bigint"
        );
    }

    /// When the API was asked, in milliseconds since 1970, for the customer or for all others.
    [[nodiscard]] std::vector<double> asked(bool for_customer) const {
        std::vector<double> times;
        for (const auto& request : installation.simulator.control_lines("/log"))
            if (request["endpoint"] != "token" && (request["customer"] == customer) == for_customer)
                times.push_back(request["arrived_at_ms"]);
        std::ranges::sort(times);
        return times;
    }

    Installation installation{
        {.simulator = {"--customers", "12", "--subscriptions", "3"},
         .settings = {{"partner_center", {{"concurrency", 2}}}}}};
    std::string customer;
};

TEST_F(ThrottledElsewhere, CustomerIsLeftAloneUntilThenAndReadThen) {
    have_throttled({"sync", "subscriptions", "--customer", customer});
    // What takes longer than a minute is left to the next pass.
    static_cast<void>(let_wait_be_over_in("50 seconds", "throttled_customers"));
    Process sync(installation.words({"sync", "subscriptions"}));
    while (asked(false).size() < 11)
        ASSERT_TRUE(sync.running()) << sync.err();
    EXPECT_THAT(asked(true), SizeIs(1)) << "the others need not wait";
    const std::int64_t over = let_wait_be_over_in("0 seconds", "throttled_customers");
    const Outcome outcome = sync.wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;

    const std::vector<double> times = asked(true);
    ASSERT_THAT(times, SizeIs(2));
    EXPECT_GE(times[1], over);
    EXPECT_THAT(asked(false), SizeIs(11));
    expect_whole_mirror(installation.database, installation.simulator);
}

TEST_F(ThrottledElsewhere, CustomerIsNamedWhereThatTakesLongerThanAPass) {
    have_throttled({"sync", "subscriptions", "--customer", customer});
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
    have_throttled({"sync", "customers"});
    const std::int64_t over = let_wait_be_over_in("4 seconds", "request_budget");
    const Outcome outcome = installation.call({"sync"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    std::vector<double> times = asked(false);
    std::ranges::move(asked(true), std::back_inserter(times));
    std::ranges::sort(times);
    ASSERT_THAT(times, SizeIs(1 + 1 + 12));
    EXPECT_GE(times[1], over);
    expect_whole_mirror(installation.database, installation.simulator);
}

} // namespace
} // namespace pcmirror::testing
