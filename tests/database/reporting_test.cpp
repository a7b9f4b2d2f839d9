#include "tests/database/reporting_fixture.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using ::testing::IsEmpty;

class SubscriptionsEnding : public ReportingFixture {
  protected:
    void SetUp() override { customer(contoso_); }

    /// An active one with these ends, as SQL.
    void ends(
        const std::string& id,
        const std::string& offer,
        const std::string& date,
        const std::string& moment = "null"
    ) const {
        subscription(
            contoso_,
            id,
            "status, offer_id, commitment_end_date, commitment_end_date_time",
            fmt::format("'active', {}, {}, {}", offer, date, moment)
        );
    }

    [[nodiscard]] Rows terms(const std::string& time_zone = "UTC") const {
        return database_.rows(
            "set timezone = '" + time_zone +
            "'; select subscription_id, last_day, ends_at at time zone 'utc' "
            "from reporting.subscriptions_ending order by 1"
        );
    }

    const std::string new_commerce_ = "'CFQ7TTC0LH16:0001:CFQ7TTC0KHR1'";
    const std::string older_ = "'031C9E47-4802-4248-838E-778FB1D2CC05'";
};

TEST_F(SubscriptionsEnding, EndWithTheirDayInNewCommerceAndBeforeItElsewhere) {
    ends("a", new_commerce_, "'2030-06-30T00:00:00Z'");
    ends("b", new_commerce_, "'2030-06-30T17:00:00Z'");
    ends("c", older_, "'2030-06-30T00:00:00Z'");
    ends("d", "'MS-AZR-0145P'", "'2030-06-30T08:00:00Z'");
    ends("e", "null", "'2030-06-30T00:00:00Z'");
    const Rows expected{
        {"a", "2030-06-30", "2030-06-30 23:59:59.999999"},
        {"b", "2030-06-30", "2030-06-30 23:59:59.999999"},
        {"c", "2030-06-29", "2030-06-30 00:00:00"},
        {"d", "2030-06-29", "2030-06-30 08:00:00"},
        {"e", "2030-06-29", "2030-06-30 00:00:00"}};

    EXPECT_EQ(terms(), expected);
    EXPECT_EQ(terms("Pacific/Auckland"), expected) << "days are those of UTC";
    EXPECT_EQ(terms("America/Los_Angeles"), expected) << "days are those of UTC";
}

TEST_F(SubscriptionsEnding, EndAtTheExactMomentWhereItIsKnown) {
    ends("a", new_commerce_, "'2030-06-30T00:00:00Z'", "'2030-06-30T23:59:59.999999Z'");
    ends("b", new_commerce_, "'2030-06-30T00:00:00Z'", "'2030-07-01T00:00:00Z'");
    ends("c", older_, "null", "'2030-06-30T15:00:00Z'");

    EXPECT_EQ(
        terms(),
        (Rows{
            {"a", "2030-06-30", "2030-06-30 23:59:59.999999"},
            {"b", "2030-06-30", "2030-07-01 00:00:00"},
            {"c", "2030-06-30", "2030-06-30 15:00:00"}})
    );
}

TEST_F(SubscriptionsEnding, CountTheDaysToTheLastOne) {
    ends("past", new_commerce_, "now() - interval '72 hours'");
    ends("last", new_commerce_, "now()");
    ends("older", older_, "now() + interval '48 hours'");

    // Should midnight pass in between, all of them are a day less.
    EXPECT_THAT(
        database_.rows("select days_left from reporting.subscriptions_ending order by last_day"),
        ::testing::AnyOf(Rows{{"-3"}, {"0"}, {"1"}}, Rows{{"-4"}, {"-1"}, {"0"}})
    );
}

TEST_F(SubscriptionsEnding, CountTheDaysOfUtc) {
    ends("a", new_commerce_, "'2030-06-30T00:00:00Z'");

    // At any hour it is another day in one of them.
    for (const char* time_zone : {"Etc/GMT+12", "Pacific/Kiritimati"})
        EXPECT_EQ(
            database_.value(
                fmt::format("set timezone = '{}'; ", time_zone) +
                "select days_left - (last_day - (now() at time zone 'utc')::date) "
                "from reporting.subscriptions_ending"
            ),
            "0"
        ) << time_zone;
}

TEST_F(SubscriptionsEnding, AreNotThoseWithoutAnEnd) {
    ends("usage", "'MS-AZR-0145P'", "'9999-12-10T00:00:00Z'");
    ends("plan", new_commerce_, "'9999-12-31T00:00:00Z'");
    ends("moment", new_commerce_, "'9999-12-31T00:00:00Z'", "'9999-12-31T23:59:59Z'");
    ends("none", new_commerce_, "null");

    EXPECT_THAT(terms(), IsEmpty());
}

TEST_F(SubscriptionsEnding, AreThoseThatHaveNotEnded) {
    for (const char* status :
         {"none", "active", "suspended", "deleted", "expired", "pending", "disabled"})
        subscription(
            contoso_,
            status,
            "status, commitment_end_date",
            fmt::format("'{}', '2030-06-30T00:00:00Z'", status)
        );
    subscription(contoso_, "unsaid", "commitment_end_date", "'2030-06-30T00:00:00Z'");

    EXPECT_EQ(
        database_.rows("select subscription_id from reporting.subscriptions_ending order by 1"),
        (Rows{{"active"}, {"none"}, {"pending"}, {"suspended"}, {"unsaid"}})
    );
}

TEST_F(SubscriptionsEnding, SayWhetherTheyRenew) {
    customer(fabrikam_, "null");
    subscription(contoso_, "a", "commitment_end_date, auto_renew_enabled", "'2030-01-01Z', true");
    subscription(contoso_, "b", "commitment_end_date, auto_renew_enabled", "'2030-01-01Z', false");
    subscription(fabrikam_, "c", "commitment_end_date", "'2030-01-01Z'");

    EXPECT_EQ(
        database_.rows("select company_name, subscription_id, auto_renew_enabled from "
                       "reporting.subscriptions_ending order by 2"),
        (Rows{{"Contoso", "a", "t"}, {"Contoso", "b", "f"}, {std::nullopt, "c", std::nullopt}})
    );
}

class Freshness : public ReportingFixture {
  protected:
    void SetUp() override {
        customer(contoso_, "null");
        database_.execute("update partner_center.customers set first_seen_at = '2026-01-01Z'");
        database_.execute("update pcmirror.schema_migrations set applied_at = '2025-01-01Z'");
    }

    void contoso_is(
        const std::string& state,
        const std::string& last_success,
        const std::string& last_error = "null"
    ) const {
        database_.execute("delete from pcmirror.sync_scopes");
        scope("'" + contoso_ + "'", state, last_success, last_error);
    }

    /// When the rows were verified, since when they are not, and why.
    [[nodiscard]] Rows trust() const {
        return database_.rows("select state, (last_verified at time zone 'utc')::date, "
                              "(unverified_since at time zone 'utc')::date, reason "
                              "from reporting.freshness");
    }
};

TEST_F(Freshness, IsTheTimeSinceTheLastGoodReading) {
    contoso_is("ok", "now() - interval '2 hours'");

    EXPECT_EQ(
        database_.rows("select resource, company_name, state, age between interval '2 hours' and "
                       "interval '3 hours', unverified_since, reason from reporting.freshness"),
        (Rows{{"users", std::nullopt, "ok", "t", std::nullopt, std::nullopt}})
    );
}

TEST_F(Freshness, CountsFromTheLastGoodReadingWhereTheLastOneFailed) {
    for (const char* state : {"failing", "refused", "held"}) {
        contoso_is(state, "'2026-03-01Z'", "'why'");
        EXPECT_EQ(trust(), (Rows{{state, "2026-03-01", "2026-03-01", "why"}}));
    }
}

TEST_F(Freshness, CountsFromTheFirstSightOfTheCustomerWhereNoReadingWasGood) {
    contoso_is("refused", "null", "'why'");
    EXPECT_EQ(trust(), (Rows{{"refused", std::nullopt, "2026-01-01", "why"}}));

    contoso_is("ok", "null");
    EXPECT_EQ(trust(), (Rows{{"ok", std::nullopt, "2026-01-01", "not read yet"}}));
}

TEST_F(Freshness, OfThePartnersOwnCountsFromTheMakingOfTheMirror) {
    scope("null", "failing", "null", "'why'", "customers");

    EXPECT_EQ(trust(), (Rows{{"failing", std::nullopt, "2025-01-01", "why"}}));
}

TEST_F(Freshness, IsNotWantedOfExcludedCustomers) {
    contoso_is("excluded", "'2026-03-01Z'", "'why'");
    EXPECT_EQ(trust(), (Rows{{"excluded", "2026-03-01", std::nullopt, std::nullopt}}));

    contoso_is("excluded", "null");
    EXPECT_EQ(trust(), (Rows{{"excluded", std::nullopt, std::nullopt, std::nullopt}}));
}

TEST_F(Freshness, ForgetsAReasonThatIsOver) {
    contoso_is("ok", "'2026-03-01Z'", "'of the time before it was excluded'");

    EXPECT_EQ(trust(), (Rows{{"ok", "2026-03-01", std::nullopt, std::nullopt}}));
}

} // namespace
} // namespace pcmirror::testing
