#include "tests/support/engine_test.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// A customer with eight subscriptions, of which the third comes damaged.
class BadRecords : public EngineTest {
  protected:
    BadRecords() {
        world({"--customers", "3", "--subscriptions", "2", "--big-customer", "8"});
        engine().sync();
    }

    static json third_of(const std::string& customer, const std::string& kind) {
        return {{"kind", kind}, {"path", customer + "/subscriptions"}, {"record", 2}};
    }

    /// A pass while one record of a listing is damaged by this rule.
    PassReport pass_with(json rule, const std::string& resource = "subscriptions") {
        rule["fault"] = "bad_records";
        fault(rule);
        PassReport report = engine().pass(resource);
        no_faults();
        return report;
    }

    [[nodiscard]] std::string row(const std::string& id) const {
        return database_
            .value(
                "select to_jsonb(t)::text from partner_center.subscriptions t "
                "where subscription_id = '" +
                id + "'"
            )
            .value_or("none");
    }

    /// Rejected once, with a reason and the record itself.
    void expect_kept_aside(const std::string& resource) {
        EXPECT_EQ(
            rows(
                "pcmirror.rejected_records",
                "resource = '" + resource + "' and reason <> '' and record like '{%}'"
            ),
            1
        );
    }
};

class BadValue : public BadRecords, public ::testing::WithParamInterface<const char*> {};

TEST_P(BadValue, CostsItsOwnRecordOnly) {
    const std::string big = customer(0);
    const std::vector<std::string> ids = subscriptions_of(big);
    const std::string before = row(ids[2]);
    change({{"set", {big, ids[2], {{"friendlyName", "Changed"}}}}});
    change({{"set", {big, ids[5], {{"friendlyName", "Changed"}}}}});
    change({{"remove_subscription", {big, ids[7]}}});

    const PassReport report = pass_with(third_of(big, GetParam()));

    EXPECT_EQ(report.totals.scopes_ok, 3U);
    EXPECT_EQ(report.totals.rows.rejected, 1U);
    EXPECT_EQ(report.totals.rows.updated, 1U);
    EXPECT_EQ(report.totals.rows.deleted, 1U);
    EXPECT_EQ(row(ids[2]), before);
    EXPECT_THAT(row(ids[5]), HasSubstr("Changed"));
    expect_kept_aside("subscriptions");
    EXPECT_EQ(scope("digest", "subscriptions", big), "NULL");

    engine().pass("subscriptions");
    expect_mirror_equals_world();
    EXPECT_EQ(rows("pcmirror.rejected_records"), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    BadValue,
    ::testing::Values(
        "lone_surrogate",
        "bad_utf8",
        "nul",
        "wrong_type",
        "absurd_number",
        "large_number",
        "fraction",
        "date_out_of_range"
    )
);

TEST_F(BadRecords, WithUnreadableKeysDeleteNothing) {
    const std::string big = customer(0);
    const std::vector<std::string> ids = subscriptions_of(big);
    change({{"remove_subscription", {big, ids[7]}}});
    for (const char* kind : {"missing_key", "null_key"}) {
        SCOPED_TRACE(kind);
        change({{"set", {big, ids[5], {{"friendlyName", kind}}}}});
        const PassReport report = pass_with(third_of(big, kind));
        EXPECT_EQ(report.totals.rows.rejected, 1U);
        EXPECT_EQ(report.totals.rows.updated, 1U);
        EXPECT_EQ(report.totals.rows.deleted, 0U);
        expect_kept_aside("subscriptions");
    }
    EXPECT_EQ(rows("partner_center.subscriptions", "customer_id = '" + big + "'"), 8);
    engine().pass("subscriptions");
    expect_mirror_equals_world();
}

TEST_F(BadRecords, OfTheCustomerListDeleteNoCustomer) {
    change({{"remove_customer", customer(1)}});
    for (const char* kind : {"missing_key", "null_key", "key_not_guid", "truncated_guid"}) {
        SCOPED_TRACE(kind);
        change({{"rename_customer", {customer(0), kind}}});
        const PassReport report =
            pass_with({{"kind", kind}, {"path", "/v1/customers\\?"}, {"record", 1}}, "customers");
        EXPECT_EQ(report.totals.rows.rejected, 1U);
        EXPECT_EQ(report.totals.rows.updated, 1U);
        EXPECT_EQ(report.totals.rows.deleted, 0U);
        expect_kept_aside("customers");
    }
    EXPECT_EQ(rows("partner_center.customers"), 3);
    engine().pass("customers");
    expect_mirror_equals_world();
}

TEST_F(BadRecords, WithOddUnknownMembersStopNothing) {
    const std::string big = customer(0);
    for (const char* kind : {"deep_nesting", "absurd_unknown"}) {
        SCOPED_TRACE(kind);
        const PassReport report = pass_with(third_of(big, kind));
        EXPECT_EQ(report.totals.scopes_ok, 3U);
        EXPECT_EQ(report.totals.rows.deleted, 0U);
        // Stored or set aside, but not lost.
        EXPECT_EQ(report.totals.rows.rejected + report.totals.rows.updated, 1U);
        engine().pass("subscriptions");
        expect_mirror_equals_world();
    }
}

TEST_F(BadRecords, LeaveTheirGoodTwinsAlone) {
    const std::string big = customer(0);
    for (const char* kind : {"missing_key", "wrong_type"}) {
        SCOPED_TRACE(kind);
        const PassReport report = pass_with({{"kind", kind}, {"customer", big}, {"added", true}});
        EXPECT_EQ(report.totals.rows.rejected, 1U);
        EXPECT_EQ(report.totals.rows.deleted, 0U);
        expect_mirror_equals_world();
    }
}

TEST_F(BadRecords, OfAFirstSyncLeaveTheRestOfThePage) {
    database_.execute("delete from pcmirror.sync_scopes where resource = 'subscriptions'");
    database_.execute("delete from partner_center.subscriptions");
    EXPECT_EQ(pass_with(third_of(customer(0), "lone_surrogate")).totals.rows.rejected, 1U);
    EXPECT_EQ(rows("partner_center.subscriptions", "customer_id = '" + customer(0) + "'"), 7);
}

} // namespace
} // namespace pcmirror::testing
