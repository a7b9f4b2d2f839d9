#include "tests/support/engine_test.hpp"

#include <gmock/gmock.h>
#include <pqxx/pqxx>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Which scopes a pass asks, and what becomes of those that it does not.
class PassScopes : public EngineTest {
  protected:
    PassScopes() {
        world({"--customers", "4", "--subscriptions", "2"});
        engine().sync();
    }

    [[nodiscard]] std::string last_run(const std::string& column) const {
        return database_
            .value("select " + column + " from pcmirror.sync_runs order by run_id desc limit 1")
            .value_or("NULL");
    }

    void age_scopes() const {
        database_.execute("update pcmirror.sync_scopes set last_success_at = '2020-01-01'");
    }

    /// Those of subscriptions that were read since.
    [[nodiscard]] long long fresh_scopes() const {
        return rows(
            "pcmirror.sync_scopes", "resource = 'subscriptions' and last_success_at > '2020-01-02'"
        );
    }

    /// What one scope is answered comes before the next is asked; who gets no answer fails at once.
    const json one_by_one = {{"partner_center", {{"concurrency", 1}, {"max_attempts", 1}}}};

    static PassOptions scheduled() {
        PassOptions options;
        options.scheduled = true;
        return options;
    }
};

TEST_F(PassScopes, AScheduleLetsAFailingOneRestButCountsItAsFailed) {
    fault({{"fault", "status"}, {"status", 404}, {"path", customer(2) + "/subscriptions"}});
    ASSERT_EQ(engine().pass("subscriptions", scheduled()).totals.scopes_failed, 1U);
    forget_requests();

    const PassReport report = engine().pass("subscriptions", scheduled());

    EXPECT_EQ(report.totals.scopes_failed, 1U);
    EXPECT_THAT(report.troubles, SizeIs(1));
    EXPECT_EQ(asked("list_subscriptions", customer(2)), 0U);
    EXPECT_EQ(last_run("outcome"), "partial");
    EXPECT_EQ(last_run("scopes_failed"), "1");
}

TEST_F(PassScopes, ThePartnersOwnListNeverRests) {
    fault({{"fault", "status"}, {"status", 404}, {"path", "^/v1/customers(\\?|$)"}, {"times", 2}});
    EXPECT_EQ(engine().pass("customers", scheduled()).totals.scopes_failed, 1U);
    EXPECT_EQ(engine().pass("customers", scheduled()).totals.scopes_failed, 1U);
    EXPECT_EQ(engine().pass("customers", scheduled()).totals.scopes_ok, 1U);
}

TEST_F(PassScopes, OneOfACustomerThatIsThrottledForLongIsPutOffAndNamed) {
    database_.execute(
        "insert into pcmirror.throttled_customers values ('" + customer(1) +
        "', now() + interval '2 hours')"
    );
    const PassReport report = engine().pass("subscriptions");

    EXPECT_EQ(report.totals.scopes_ok, 3U);
    EXPECT_EQ(report.totals.scopes_failed, 1U);
    ASSERT_THAT(report.troubles, SizeIs(1));
    EXPECT_THAT(report.troubles[0].message, HasSubstr("throttles this customer until"));
    EXPECT_EQ(last_run("outcome"), "partial");
}

TEST_F(PassScopes, OneWithoutItsCustomerIsForgotten) {
    database_.execute("insert into pcmirror.sync_scopes (resource, customer_id) values "
                      "('subscriptions', gen_random_uuid())");
    EXPECT_EQ(engine().pass("subscriptions").totals.scopes, 4U);
    EXPECT_EQ(rows("pcmirror.sync_scopes", "resource = 'subscriptions'"), 4);
}

TEST_F(PassScopes, AnApiThatAnswersRubbishEndsThePass) {
    world({"--customers", "60", "--subscriptions", "1"});
    engine(json::object()).sync();
    fault({{"fault", "html"}, {"path", "/subscriptions"}});
    forget_requests();
    EXPECT_THAT(error_of_pass("subscriptions", Recovery::fix_api), HasSubstr("no usable answer"));
    EXPECT_LT(asked("list_subscriptions"), 60U * 2);
    EXPECT_EQ(last_run("outcome"), "failed");

    no_faults();
    fault({{"fault", "html"}, {"path", "^/v1/customers(\\?|$)"}});
    EXPECT_THAT(error_of_pass("customers", Recovery::fix_api), HasSubstr("no usable answer"));
}

TEST_F(PassScopes, WhatWasReadBeforeTheApiRefusedTheProgramIsInTheMirror) {
    world({"--customers", "20", "--subscriptions", "1"});
    engine(json::object()).sync();
    age_scopes();
    // At once, so that the readings are still waiting for company.
    fault({{"fault", "mfa_401"}, {"path", "/subscriptions"}, {"after", 5}});
    engine(one_by_one);

    EXPECT_THAT(error_of_pass("subscriptions", Recovery::fix_api), HasSubstr("MFA"));

    EXPECT_EQ(fresh_scopes(), 5);
    EXPECT_EQ(last_run("scopes_ok"), "5");
}

TEST_F(PassScopes, AnAnswerThatIsNotInTheMirrorYetCountsAsOne) {
    world({"--customers", "60", "--subscriptions", "1"});
    engine(json::object()).sync();
    fault({{"fault", "html"}, {"path", "/subscriptions"}, {"after", 5}});
    const PassReport report = engine(one_by_one).pass("subscriptions");
    EXPECT_EQ(report.totals.scopes_ok, 5U);
    EXPECT_EQ(report.totals.scopes_failed, 55U);
}

TEST_F(PassScopes, ThoseThatGetNoAnswerHoldUpNobodyForEver) {
    world({"--customers", "60", "--subscriptions", "1"});
    engine(json::object()).sync();
    age_scopes();
    for (const auto& scope : database_.rows(
             "select customer_id::text from pcmirror.sync_scopes where resource = 'subscriptions' "
             "order by scope_id limit 45"
         ))
        fault({{"fault", "html"}, {"path", *scope[0] + "/subscriptions"}});
    engine(one_by_one);
    for (int pass = 0; pass < 2; ++pass)
        EXPECT_THAT(
            error_of_pass("subscriptions", Recovery::fix_api), HasSubstr("no usable answer")
        );
    engine().pass("subscriptions");
    EXPECT_EQ(fresh_scopes(), 15);
}

TEST_F(PassScopes, ADryRunAsksThoseThatTheRealOneWouldAsk) {
    fault({{"fault", "refuse"}, {"path", "/subscriptions"}});
    engine().pass("subscriptions", {.full = true});
    forget_requests();

    PassOptions fresh;
    fresh.dry_run = true;
    fresh.max_age = std::chrono::hours(1);
    engine().pass("customers", fresh);
    const PassReport report = engine().pass("subscriptions", fresh);

    EXPECT_THAT(requests(), SizeIs(0));
    EXPECT_EQ(report.totals.scopes_refused, report.totals.scopes);
}

TEST_F(PassScopes, ARunThatCanNotEvenBeginIsClosed) {
    database_.execute("alter table pcmirror.sync_scopes rename column digest to lost");
    EXPECT_THROW(engine().pass("subscriptions"), Error);
    EXPECT_EQ(last_run("outcome"), "failed");
    EXPECT_EQ(rows("pcmirror.sync_runs", "outcome = 'running'"), 0);
}

TEST_F(PassScopes, AReaderOfTheHistoryStopsNoPass) {
    const std::string last =
        *database_.value("select to_char(now() at time zone 'utc' + interval '2 months', 'YYYY_MM')"
        );
    database_.execute("drop table pcmirror.change_log_" + last);
    {
        pqxx::connection reader(database_.url());
        pqxx::work open(reader);
        open.exec("select count(*) from pcmirror.change_log");
        EXPECT_EQ(engine().pass("subscriptions").totals.scopes_ok, 4U);
    }
    EXPECT_EQ(engine().pass("subscriptions").totals.scopes_ok, 4U);
    EXPECT_NE(
        database_.value("select to_regclass('pcmirror.change_log_" + last + "')::text"),
        std::nullopt
    );
}

TEST_F(PassScopes, OneThatAnotherProcessTriedInVainIsNamed) {
    const std::string failed = customer(1);
    // After the pass began, however late that is, but no more than clocks may differ by.
    database_.execute(
        "update pcmirror.sync_scopes set state = 'failing', last_error = 'cut', last_attempt_at = "
        "now() + interval '50 seconds' where resource = 'subscriptions' and customer_id = '" +
        failed + "'"
    );
    const PassReport report = engine().pass("subscriptions");
    ASSERT_THAT(report.troubles, SizeIs(1));
    EXPECT_EQ(report.troubles[0].customer_id, failed);
    EXPECT_EQ(report.troubles[0].message, "cut");
}

} // namespace
} // namespace pcmirror::testing
