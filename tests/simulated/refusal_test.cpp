#include "tests/support/engine_test.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// One of twelve customers, whose subscriptions may no longer be read.
class Refusal : public EngineTest {
  protected:
    Refusal() {
        world({"--customers", "12", "--subscriptions", "2"});
        engine().sync();
        refusing_ = customer(0);
        forget_requests();
    }

    void refuse() { fault({{"fault", "refuse"}, {"customer", refusing_}, {"code", 2006}}); }

    PassReport refused_pass(PassOptions options = {}) {
        PassReport report = engine().pass("subscriptions", std::move(options));
        EXPECT_EQ(report.totals.scopes_refused, 1U);
        EXPECT_EQ(report.totals.scopes_failed, 0U);
        EXPECT_THAT(report.troubles, SizeIs(1));
        EXPECT_EQ(report.troubles.at(0).customer_id, refusing_);
        EXPECT_THAT(report.troubles.at(0).message, HasSubstr("403 (code 2006)"));
        EXPECT_EQ(scope("state", "subscriptions", refusing_), "refused");
        return report;
    }

    /// A pass that reads all other customers, and fails at this one with such a status.
    void expect_it_alone_failing(const std::string& status) {
        const PassReport report = engine().pass("subscriptions");
        EXPECT_EQ(report.totals.scopes_failed, 1U);
        EXPECT_EQ(report.totals.scopes_ok, 11U);
        EXPECT_EQ(scope("state", "subscriptions", refusing_), "failing");
        EXPECT_THAT(scope("last_error", "subscriptions", refusing_), HasSubstr(status));
    }

    [[nodiscard]] std::size_t asked_for_refusing() const {
        return asked("list_subscriptions", refusing_);
    }

    std::string refusing_;
};

TEST_F(Refusal, OfACustomerKeepsItsRowsAndStopsNobodyElse) {
    change({{"add_subscriptions", {customer(2), 1}}});
    refuse();
    const PassReport report = refused_pass();
    EXPECT_EQ(report.totals.scopes_ok, 11U);
    EXPECT_EQ(report.totals.rows.inserted, 1U);
    EXPECT_EQ(asked_for_refusing(), 1U);
    expect_mirror_equals_world();
}

TEST_F(Refusal, IsAskedAboutOnceADay) {
    refuse();
    refused_pass();
    refused_pass();
    EXPECT_EQ(asked_for_refusing(), 1U);
    EXPECT_EQ(asked("list_subscriptions"), 23U);

    database_.execute(
        "update pcmirror.sync_scopes set last_attempt_at = now() - interval '25 hours' "
        "where state = 'refused'"
    );
    refused_pass();
    EXPECT_EQ(asked_for_refusing(), 2U);
}

TEST_F(Refusal, IsAskedAboutByThoseWhoNameTheCustomerOrWantAll) {
    refuse();
    refused_pass();
    PassOptions named;
    named.customers = {refusing_};
    refused_pass(named);
    EXPECT_EQ(asked_for_refusing(), 2U);
    refused_pass({.full = true});
    EXPECT_EQ(asked_for_refusing(), 3U);

    no_faults();
    change({{"add_subscriptions", {refusing_, 1}}});
    const PassReport back = engine().pass("subscriptions", named);
    EXPECT_EQ(back.totals.scopes, 1U);
    EXPECT_EQ(back.totals.scopes_ok, 1U);
    EXPECT_EQ(scope("state", "subscriptions", refusing_), "ok");
    EXPECT_EQ(scope("consecutive_failures", "subscriptions", refusing_), "0");
    expect_mirror_equals_world();
}

TEST_F(Refusal, OfTheWholeListIsAMatterOfTheSignIn) {
    fault({{"fault", "refuse"}, {"path", "/v1/customers\\?"}});
    const std::string text = error_of_pass("customers", Recovery::fix_api);
    EXPECT_THAT(text, HasSubstr("403"));
    EXPECT_THAT(text, HasSubstr("AdminAgents"));
    EXPECT_EQ(rows("partner_center.customers"), 12);
    EXPECT_EQ(asked("list_customers"), 1U);
}

TEST_F(Refusal, InTheMiddleOfAListIsAFailure) {
    turn({{"page_size", 5}});
    change({{"remove_customer", customer(1)}});
    fault({{"fault", "refuse"}, {"path", "seekOperation"}});
    const PassReport report = engine().pass("customers");
    EXPECT_EQ(report.totals.scopes_failed, 1U);
    EXPECT_EQ(rows("partner_center.customers"), 12);
}

TEST_F(Refusal, IsNotWhatAMissingListIs) {
    for (const int code : {1000, 60003}) {
        fault({{"fault", "not_found"}, {"customer", refusing_}, {"code", code}});
        expect_it_alone_failing("404");
        expect_mirror_equals_world();
        no_faults();
    }
    EXPECT_EQ(scope("consecutive_failures", "subscriptions", refusing_), "2");
    EXPECT_EQ(asked_for_refusing(), 2U);
    EXPECT_EQ(engine().pass("subscriptions").totals.scopes_ok, 12U);
}

TEST_F(Refusal, OfEveryTokenForOneCustomerStopsNobodyElse) {
    for (json rule :
         {json{{"fault", "status"}, {"status", 401}}, json{{"fault", "token_refused"}}}) {
        SCOPED_TRACE(rule.dump());
        // It is asked first and alone, by a process that was served nothing yet.
        engine({{"partner_center", {{"concurrency", 1}}}});
        database_.execute(
            "update pcmirror.sync_scopes set last_attempt_at = now() - interval '2 days' "
            "where customer_id = '" +
            refusing_ + "'"
        );
        rule["customer"] = refusing_;
        fault(rule);
        expect_it_alone_failing("401");
        no_faults();
    }
}

TEST_F(Refusal, OfEveryTokenForAllStopsThePass) {
    engine(json::object());
    fault({{"fault", "status"}, {"status", 401}});
    const std::string text = error_of_pass("subscriptions", Recovery::fix_api);
    EXPECT_THAT(text, HasSubstr("the API refuses a fresh token"));
    EXPECT_EQ(rows("pcmirror.sync_scopes", "state = 'failing'"), 0);
}

TEST_F(Refusal, OfTheFailingKindRestsWhereASchedulePolls) {
    fault({{"fault", "not_found"}, {"customer", refusing_}});
    engine().pass("subscriptions");
    engine().pass("subscriptions", {.scheduled = true});
    EXPECT_EQ(asked_for_refusing(), 1U);
    database_.execute(
        "update pcmirror.sync_scopes set last_attempt_at = now() - interval '2 minutes' "
        "where state = 'failing'"
    );
    engine().pass("subscriptions", {.scheduled = true});
    EXPECT_EQ(asked_for_refusing(), 2U);
}

} // namespace
} // namespace pcmirror::testing
