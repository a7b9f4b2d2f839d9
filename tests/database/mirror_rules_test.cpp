#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using resources::customers;
using resources::subscriptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string contoso = guid(1);
const std::string fabrikam = guid(2);

class MirrorRules : public MirrorFixture {
  protected:
    void touch_row(const std::string& id, const std::string& asked, const std::string& before) {
        database_.execute(fmt::format(
            "insert into pcmirror.touched_rows values ('subscriptions', '{0}', "
            "'{{\"customer_id\": \"{0}\", \"subscription_id\": \"{1}\"}}', {2}, {3}, now() + "
            "interval '1 hour')",
            contoso,
            id,
            asked,
            before
        ));
    }

    [[nodiscard]] std::string quantity_of(const std::string& id) const {
        return database_
            .value(
                "select quantity from partner_center.subscriptions where subscription_id = '" + id +
                "'"
            )
            .value_or("no row");
    }
};

// Contract, rule 4.

TEST_F(MirrorRules, ACustomerThatLeavesTakesItsRowsAndScopesAlong) {
    add_customers({contoso, fabrikam});
    poll(subscriptions, contoso, {R"({"id":"a"})", R"({"id":"b"})"});
    poll(subscriptions, fabrikam, {R"({"id":"c"})"});
    poll(made_up::orders, contoso, {R"({"id":"O","lineItems":[{"lineItemNumber":0}]})"});
    poll(subscriptions, contoso, {R"({"id":"a"})", R"({"id":"b"})", R"({"quantity":1})"});

    const ScopeReport report = poll(customers, "", {customer_record(fabrikam)});

    EXPECT_EQ(report.rows.deleted, 5U) << "all that goes is counted";
    EXPECT_EQ(
        *database_.value("select string_agg(subscription_id, '') from partner_center.subscriptions"
        ),
        "c"
    );
    EXPECT_EQ(database_.number("select count(*) from partner_center.order_lines"), 0);
    EXPECT_EQ(
        database_.number(
            "select count(*) from pcmirror.sync_scopes where customer_id = '" + contoso + "'"
        ),
        0
    );
    EXPECT_EQ(database_.number("select count(*) from pcmirror.rejected_records"), 0);
    EXPECT_EQ(
        *database_.value(
            "select string_agg(resource, ' ' order by change_id) from pcmirror.change_log "
            "where operation = 'delete'"
        ),
        "subscriptions subscriptions orders order_lines customers"
    ) << "each row is logged";
}

TEST_F(MirrorRules, ACustomerCannotLeaveUnderAnApplyOfItsChild) {
    add_customers({contoso, fabrikam});
    const ScopeReading late = read(subscriptions, contoso, {R"({"id":"a"})"});
    poll(customers, "", {customer_record(fabrikam)});

    EXPECT_EQ(apply(subscriptions, late).end, ScopeEnd::fenced);
    EXPECT_EQ(database_.number("select count(*) from partner_center.subscriptions"), 0);
}

TEST_F(MirrorRules, LosingManyCustomersIsHeldWithAllTheirRows) {
    std::vector<std::string> ids;
    Records records;
    for (int at = 1; at <= 60; ++at) {
        ids.push_back(guid(at));
        records.push_back(customer_record(ids.back()));
    }
    add_customers(ids);
    poll(subscriptions, guid(60), {R"({"id":"a"})"});
    ApplyOptions guarded;
    guarded.guard = {.max_fraction = 0.1, .max_fraction_per_pass = 1e9, .min_rows = 20};

    const ScopeReport report =
        poll(customers, "", {records.begin(), records.begin() + 30}, guarded);

    EXPECT_EQ(report.end, ScopeEnd::held);
    EXPECT_THAT(report.message, HasSubstr("pcmirror sync customers --allow-deletes"));
    EXPECT_EQ(database_.number("select count(*) from partner_center.customers"), 60);
    EXPECT_EQ(database_.number("select count(*) from partner_center.subscriptions"), 1);
}

// Contract, rule 7 (invariant I3).

TEST_F(MirrorRules, APollThatAskedEarlierDoesNotUndoARefresh) {
    add_customers({contoso});
    poll(subscriptions, contoso, {R"({"id":"a","quantity":1})"});
    const ScopeReading stale = read(subscriptions, contoso, {R"({"id":"a","quantity":1})"});
    touch_row("a", "clock_timestamp()", "null");
    database_.execute("update partner_center.subscriptions set quantity = 2");

    const ScopeReport report = apply(subscriptions, stale);

    EXPECT_EQ(report.rows.updated, 0U);
    EXPECT_EQ(quantity_of("a"), "2");
    EXPECT_EQ(
        *database_.value(
            "select digest is null from pcmirror.sync_scopes where resource = 'subscriptions'"
        ),
        "t"
    );
}

TEST_F(MirrorRules, AReadFromALaggingReplicaDoesNotUndoARefresh) {
    add_customers({contoso});
    poll(subscriptions, contoso, {R"({"id":"a","quantity":1})"});
    touch_row("a", "now() - interval '1 minute'", "'{\"quantity\": 1}'");
    database_.execute("update partner_center.subscriptions set quantity = 2");

    poll(subscriptions, contoso, {R"({"id":"a","quantity":1})"});
    EXPECT_EQ(quantity_of("a"), "2") << "what was before the write is a stale read";

    poll(subscriptions, contoso, {R"({"id":"a","quantity":3})"});
    EXPECT_EQ(quantity_of("a"), "3") << "what is neither before nor after is news";
}

TEST_F(MirrorRules, ARowJustCreatedIsNotDeletedByAListingThatLacksIt) {
    add_customers({contoso});
    poll(subscriptions, contoso, {R"({"id":"a"})", R"({"id":"new"})"});
    touch_row("new", "now() - interval '1 minute'", "null");

    EXPECT_EQ(poll(subscriptions, contoso, {R"({"id":"a"})"}).rows.deleted, 0U);
}

TEST_F(MirrorRules, ARowJustDeletedIsNotBroughtBackByAListingThatHasIt) {
    add_customers({contoso});
    poll(subscriptions, contoso, {R"({"id":"a","quantity":1})"});
    touch_row("a", "now() - interval '1 minute'", "'{\"quantity\": 1}'");
    database_.execute("delete from partner_center.subscriptions");

    EXPECT_EQ(poll(subscriptions, contoso, {R"({"id":"a","quantity":1})"}).rows.inserted, 0U);
}

// Absent members (contract, values).

TEST_F(MirrorRules, AMemberThatMayBeHiddenIsNotClearedByItsAbsence) {
    add_customers({contoso});
    poll(made_up::orders, contoso, {R"({"id":"O","contact":"Ann","totalPrice":1.50})"});

    const ScopeReport hidden = poll(made_up::orders, contoso, {R"({"id":"O","totalPrice":1.50})"});
    EXPECT_EQ(hidden.rows.updated, 0U);
    EXPECT_EQ(*database_.value("select contact from partner_center.orders"), "Ann");

    poll(made_up::orders, contoso, {R"({"id":"O","contact":"Bob"})"});
    EXPECT_EQ(
        *database_.value(
            "select contact || ' ' || coalesce(total::text, '-') from partner_center.orders"
        ),
        "Bob -"
    );
}

TEST_F(MirrorRules, DecimalsKeepTheirDigits) {
    add_customers({contoso});

    poll(
        made_up::orders,
        contoso,
        {R"({"id":"1","totalPrice":120.5682999999996})",
         R"({"id":"2","totalPrice":"0.10"})",
         R"({"id":"3","totalPrice":12345678901234567890.123456789})"}
    );

    EXPECT_EQ(
        *database_.value(
            "select string_agg(total::text, ' ' order by order_id) from partner_center.orders"
        ),
        "120.5682999999996 0.10 12345678901234567890.123456789"
    );
}

// One listing that feeds two tables.

TEST_F(MirrorRules, NestedRowsFollowTheirRecord) {
    add_customers({contoso});
    poll(
        made_up::orders,
        contoso,
        {R"({"id":"A","lineItems":[{"lineItemNumber":0,"quantity":1},{"lineItemNumber":1,"quantity":2}]})",
         R"({"id":"B","lineItems":[{"lineItemNumber":0,"quantity":3}]})"}
    );
    EXPECT_EQ(database_.number("select count(*) from partner_center.order_lines"), 3);

    poll(
        made_up::orders, contoso, {R"({"id":"A","lineItems":[{"lineItemNumber":1,"quantity":5}]})"}
    );

    EXPECT_THAT(table_content(database_, "order_lines"), ElementsAre(HasSubstr("\"quantity\": 5")));
    EXPECT_EQ(
        *database_.value("select string_agg(resource || ':' || operation, ' ' order by change_id) "
                         "from pcmirror.change_log where operation <> 'insert'"),
        "order_lines:delete order_lines:delete orders:delete order_lines:update"
    );
}

TEST_F(MirrorRules, NestedRowsOfARejectedRecordStay) {
    add_customers({contoso});
    poll(
        made_up::orders, contoso, {R"({"id":"A","lineItems":[{"lineItemNumber":0,"quantity":1}]})"}
    );

    poll(made_up::orders, contoso, {R"({"id":"A","lineItems":[{"lineItemNumber":"zero"}]})"});

    EXPECT_EQ(database_.number("select count(*) from partner_center.order_lines"), 1);
    EXPECT_EQ(database_.number("select count(*) from partner_center.orders"), 1);
    EXPECT_EQ(database_.number("select count(*) from pcmirror.rejected_records"), 1);
}

TEST_F(MirrorRules, NestedRowsOfAHeldRecordStay) {
    add_customers({contoso});
    Records records;
    for (int at = 0; at < 30; ++at)
        records.push_back(fmt::format(R"({{"id":"{}","lineItems":[{{"lineItemNumber":0}}]}})", at));
    poll(made_up::orders, contoso, records);

    EXPECT_EQ(poll(made_up::orders, contoso, {}).end, ScopeEnd::held);

    EXPECT_EQ(database_.number("select count(*) from partner_center.order_lines"), 30);
}

// A row whose own request failed keeps what the mirror has of it.

TEST_F(MirrorRules, RowsWhoseRequestFailedStay) {
    add_customers({contoso});
    database_.execute(fmt::format(
        "insert into partner_center.badges (customer_id, member_id, badge) values "
        "('{0}', '{1}', 'gold'), ('{0}', '{2}', 'silver')",
        contoso,
        guid(7),
        guid(8)
    ));
    ScopeReading reading = read(made_up::badges, contoso, {});
    reading.portion = RowPortion{.rows = {{guid(7)}, {guid(8)}}, .number = 1};
    reading.covered = {guid(8)};
    reading.owe = {{guid(7), true}};
    reading.trouble = guid(7) + ": 403";

    const ScopeReport report = apply(made_up::badges, reading);

    EXPECT_EQ(report.end, ScopeEnd::unfinished);
    EXPECT_EQ(*database_.value("select string_agg(badge, '') from partner_center.badges"), "gold");
    EXPECT_EQ(*database_.value("select row_id from pcmirror.owed_reads"), guid(7));
}

// The log.

TEST_F(MirrorRules, UndoingTheLogLeadsThroughEveryEarlierStateToEmptyTables) {
    const std::vector<std::string> tables{"customers", "subscriptions", "orders", "order_lines"};
    const auto content = [&] {
        std::vector<std::vector<std::string>> all;
        for (const std::string& table : tables)
            all.push_back(table_content(database_, table));
        return all;
    };
    std::vector<std::pair<long long, std::vector<std::vector<std::string>>>> states;
    const auto keep = [&] {
        states.emplace_back(
            database_.number("select coalesce(max(change_id), 0) + 1 from pcmirror.change_log"),
            content()
        );
    };
    keep();
    add_customers({contoso, fabrikam});
    keep();
    poll(
        subscriptions, contoso, {R"({"id":"a","quantity":1,"odd":{"x":[1,null]}})", R"({"id":"b"})"}
    );
    keep();
    poll(
        made_up::orders,
        contoso,
        {R"({"id":"A","totalPrice":1.10,"lineItems":[{"lineItemNumber":0},{"lineItemNumber":1}]})"}
    );
    keep();
    poll(
        subscriptions,
        contoso,
        {R"({"id":"a","quantity":2,"suspensionReasons":["z","a"]})", R"({"id":"c"})"}
    );
    keep();
    poll(
        made_up::orders, contoso, {R"({"id":"A","lineItems":[{"lineItemNumber":1,"quantity":4}]})"}
    );
    keep();
    poll(customers, "", {customer_record(fabrikam, "Renamed")});
    keep();

    for (auto state = states.rbegin(); state != states.rend(); ++state) {
        undo_to(database_, state->first);
        EXPECT_EQ(content(), state->second) << "before change " << state->first;
    }
    EXPECT_EQ(database_.number("select count(*) from partner_center.customers"), 0);
}

TEST_F(MirrorRules, AMigrationThatFillsAColumnFromExtraIsNoChange) {
    static constexpr Column later_columns[] = {
        {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
        {Role::key, "order_id", Type::text, item("/id"), "id; case matters"},
        {Role::optional, "total", Type::numeric, item("/totalPrice"), "price", numeric_text},
        {Role::kept, "contact", Type::text, item("/contact"), "not everybody may see it"},
        {Role::optional, "vetted_on", Type::date, item("/vettingDate", "/vettedDate"), "a day"},
        {Role::optional, "region", Type::text, item("/region"), "new in this version"},
    };
    static constexpr Table later_tables[] = {{"orders", "made-up orders", later_columns}};
    Resource later = made_up::orders;
    later.tables = later_tables;
    add_customers({contoso});
    const Records records{R"({"id":"A","region":"EU","other":1})"};
    poll(made_up::orders, contoso, records);
    const std::string changed_at = *database_.value("select changed_at from partner_center.orders");

    database_.execute("alter table partner_center.orders add column region text;"
                      "update partner_center.orders set region = extra ->> 'region', extra = "
                      "nullif(extra - 'region', '{}')");
    // Another version is another process: no connection has staged the old columns.
    database_.execute("select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname "
                      "= current_database() and application_name = 'pcmirror test'");
    const ScopeReading reading = read(later, contoso, records);
    EXPECT_NE(reading.lease.fingerprint, reading.fingerprint) << "the digest is not trusted";
    const ScopeReport report = apply(later, reading);

    EXPECT_EQ(report.rows.updated, 0U);
    EXPECT_EQ(*database_.value("select changed_at from partner_center.orders"), changed_at);
    EXPECT_EQ(
        database_.number("select count(*) from pcmirror.change_log where operation = 'update'"), 0
    );
}

TEST_F(MirrorRules, CustomersThatTheConfigurationExcludesStayAsTheyAre) {
    add_customers({contoso, fabrikam});
    ApplyOptions options;
    options.filter.exclude = {contoso};
    const ScopeReading without = read(customers, "", {customer_record(fabrikam)});

    const ScopeReport report = apply(customers, without, options);

    EXPECT_EQ(report.rows.deleted, 0U);
    EXPECT_EQ(database_.number("select count(*) from partner_center.customers"), 2);
}

TEST_F(MirrorRules, ScopesOfExcludedCustomersAreMarkedAndComeBackWithoutADigest) {
    add_customers({contoso, fabrikam});
    poll(subscriptions, contoso, {R"({"id":"a"})"});
    const auto state = [&] {
        return *database_.value(
            "select state || ' ' || (digest is null) from pcmirror.sync_scopes where resource = "
            "'subscriptions' and customer_id = '" +
            contoso + "'"
        );
    };
    wait_for(scopes_.prepare(subscriptions, {.include = {}, .exclude = {"d" + contoso + ".*"}}));
    EXPECT_EQ(state(), "excluded true");

    wait_for(scopes_.prepare(subscriptions, {.include = {"*"}, .exclude = {}}));
    EXPECT_EQ(state(), "ok true");
    EXPECT_THAT(wait_for(scopes_.plan(subscriptions, {})).scopes, ::testing::SizeIs(2));
}

} // namespace
} // namespace pcmirror::testing
