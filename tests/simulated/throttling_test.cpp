#include "tests/support/engine_test.hpp"

#include <gmock/gmock.h>
#include <map>
#include <set>
#include <thread>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::SizeIs;

class Throttling : public EngineTest {
  protected:
    /// Arrivals at the simulator, in the order of arrival.
    [[nodiscard]] std::vector<double> arrivals(const std::vector<json>& of) const {
        std::vector<double> times;
        for (const json& request : of)
            times.push_back(request["arrived_ms"]);
        std::ranges::sort(times);
        return times;
    }
};

TEST_F(Throttling, HoldsBackTheCustomerThatItWasSaidOf) {
    world({"--customers", "24", "--subscriptions", "1"});
    engine().pass("customers");
    for (const char* retry_after : {"2", "date:3"}) {
        SCOPED_TRACE(retry_after);
        forget_requests();
        const std::string held = customer(2);
        fault(
            {{"fault", "status"},
             {"status", 429},
             {"retry_after", retry_after},
             {"customer", held},
             {"times", 1}}
        );
        const PassReport report =
            engine({{"partner_center", {{"concurrency", 4}}}}).pass("subscriptions");
        EXPECT_EQ(report.totals.scopes_ok, 24U);
        const std::vector<json> both = requests("list_subscriptions", held);
        ASSERT_THAT(both, SizeIs(2));
        EXPECT_GE(arrivals(both)[1] - arrivals(both)[0], 1950);
        EXPECT_EQ(both[0]["request_id"], both[1]["request_id"]);
        EXPECT_EQ(both[0]["correlation_id"], both[1]["correlation_id"]);
        no_faults();
    }
}

TEST_F(Throttling, OfACustomerLetsTheOthersGoOnMeanwhile) {
    world({"--customers", "24", "--subscriptions", "1"});
    engine().pass("customers");
    const std::string held = customer(2);
    fault(
        {{"fault", "status"},
         {"status", 429},
         {"retry_after", "300"},
         {"customer", held},
         {"times", 1}}
    );
    engine({{"partner_center", {{"concurrency", 4}}}}
    ).stop_pass("subscriptions", [&] { return asked("list_subscriptions") == 24U; });
    EXPECT_EQ(asked("list_subscriptions", held), 1U);
}

TEST_F(Throttling, OfASecondCustomerHoldsBackEverything) {
    world({"--customers", "12", "--subscriptions", "1"});
    engine({{"partner_center", {{"concurrency", 2}, {"requests_per_minute", 6000}}}}
    ).pass("customers");
    json rule = {{"fault", "status"}, {"status", 429}, {"path", "/subscriptions"}, {"times", 2}};
    // So long that the first one is held back when the second one is.
    rule["retry_after"] = "300";
    fault(rule);
    engine().stop_pass("subscriptions", [&] {
        return rows("pcmirror.request_budget", "blocked_until > now() + interval '4 minutes'") == 1;
    });
    EXPECT_EQ(asked("list_subscriptions"), 2U);

    database_.execute("update pcmirror.request_budget set blocked_until = null;"
                      "delete from pcmirror.throttled_customers");
    no_faults();
    forget_requests();
    rule["retry_after"] = "2";
    fault(rule);
    EXPECT_EQ(
        engine({{"partner_center", {{"concurrency", 2}}}}).pass("subscriptions").totals.scopes_ok,
        12U
    );
    EXPECT_EQ(asked("list_subscriptions"), 14U);
}

TEST_F(Throttling, OfThePartnersOwnListHoldsBackEverything) {
    world({"--customers", "12", "--subscriptions", "1"});
    fault({{"fault", "status"}, {"status", 429}, {"retry_after", "2"}, {"times", 1}});
    engine().sync();
    const std::vector<double> times = arrivals(requests("list_customers"));
    ASSERT_THAT(times, SizeIs(2));
    EXPECT_GE(times[1] - times[0], 1950);
    expect_mirror_equals_world();
}

TEST_F(Throttling, ForHoursEndsThePassAndLeavesTheScopesAsTheyWere) {
    world({"--customers", "24", "--subscriptions", "1"});
    engine({{"partner_center", {{"concurrency", 2}}}}).sync();
    fault({{"fault", "status"}, {"status", 429}, {"retry_after", "3600"}});
    EXPECT_NE(
        error_of_pass("subscriptions", Recovery::retry_later).find("for another 60 minutes"),
        std::string::npos
    );
    EXPECT_LE(rows("pcmirror.sync_scopes", "state <> 'ok'"), 1);
}

TEST_F(Throttling, GivesEachCallItsOwnIdsAndKeepsThemOverRetries) {
    world({"--customers", "12", "--subscriptions", "1"});
    engine().pass("customers");
    forget_requests();
    fault({{"fault", "status"}, {"status", 503}, {"path", "/subscriptions"}, {"times", 5}});
    engine({{"partner_center", {{"max_attempts", 8}}}}).pass("subscriptions");
    std::set<std::string> request_ids;
    std::map<std::string, std::set<std::string>> of_customer;
    for (const json& request : requests("list_subscriptions")) {
        request_ids.insert(request["request_id"]);
        of_customer[request["customer"]].insert(
            request["request_id"].get<std::string>() + request["correlation_id"].get<std::string>()
        );
    }
    EXPECT_EQ(asked("list_subscriptions"), 17U);
    EXPECT_THAT(request_ids, SizeIs(12));
    for (const auto& [customer, ids] : of_customer)
        EXPECT_THAT(ids, SizeIs(1));
}

TEST_F(Throttling, IsLivedWithWhereTheServiceAllowsLess) {
    world({"--customers", "30", "--subscriptions", "1"});
    turn({{"requests_per_minute", 12}, {"throttle_window", 1000}});
    engine({{"partner_center", {{"max_attempts", 12}}}}).sync();
    expect_mirror_equals_world();
}

// The bucket lets 6 through at once and 4.76 a second from then on, so that no 60 seconds see more
// than 300 (see Bucket).
TEST_F(Throttling, IsPreventedByABudgetThatTwoProcessesShare) {
    world({"--customers", "44", "--subscriptions", "1"});
    engine().pass("customers");
    const double began = arrivals(requests()).back();
    forget_requests();
    const json budget = {{"partner_center", {{"requests_per_minute", 300}}}};
    Engine one(simulator(), database_, budget);
    Engine other(simulator(), database_, budget);

    PassReport of_other;
    std::thread process([&] { of_other = other.pass("subscriptions"); });
    const PassReport of_one = one.pass("subscriptions");
    process.join();

    EXPECT_EQ(of_one.totals.scopes_ok + of_other.totals.scopes_ok, 44U);
    EXPECT_EQ(asked("list_subscriptions"), 44U);
    const std::vector<double> times = arrivals(requests("list_subscriptions"));
    constexpr double at_once = 6;
    constexpr double a_second = 4.76;
    // However late a request arrives, it was granted before that.
    for (std::size_t at = 0; at < times.size(); ++at)
        EXPECT_LE(
            static_cast<double>(at + 1), at_once + a_second * (times[at] - began) / 1000 + 0.5
        ) << at;
}

} // namespace
} // namespace pcmirror::testing
