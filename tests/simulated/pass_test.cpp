#include "tests/support/engine_test.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::UnorderedElementsAre;

constexpr const char* every_row =
    "select 'c', customer_id::text, xmin::text, ctid::text from partner_center.customers union all "
    "select 's', subscription_id, xmin::text, ctid::text from partner_center.subscriptions "
    "order by 1, 2";

class Passes : public EngineTest {
  protected:
    Passes() { world({"--customers", "30", "--subscriptions", "2", "--big-customer", "4"}); }

    /// A pass over subscriptions that ends midway, because nobody may sign in any more.
    void interrupt() {
        fault(
            {{{"fault", "token_refused"}, {"path", "/subscriptions"}, {"after", 20}},
             {{"fault", "token_error"}, {"aadsts", 700082}}}
        );
        turn({{"latency", 150}});
        error_of_pass("subscriptions", Recovery::fix_api);
        turn({{"latency", 0}});
        no_faults();
    }
};

TEST_F(Passes, GoOnWhereAnInterruptedOneStopped) {
    engine({{"partner_center", {{"concurrency", 2}}}}).pass("customers");
    interrupt();
    const long long done =
        rows("pcmirror.sync_scopes", "resource = 'subscriptions' and last_success_at is not null");
    EXPECT_GT(done, 0);
    EXPECT_LE(done, 20);
    EXPECT_EQ(rows("pcmirror.sync_scopes", "lease_daemon is not null"), 0);
    EXPECT_EQ(
        rows("pcmirror.sync_runs", "outcome = 'failed' and scopes_ok = " + std::to_string(done)), 1
    );

    engine(json::object());
    forget_requests();
    const PassReport rest = engine().pass("subscriptions", {.max_age = std::chrono::hours(1)});
    EXPECT_EQ(static_cast<long long>(rest.totals.scopes), 30 - done);
    EXPECT_EQ(asked("list_subscriptions"), rest.totals.scopes);
    EXPECT_EQ(rest.totals.requests, rest.totals.scopes);
    expect_mirror_equals_world();

    forget_requests();
    EXPECT_EQ(
        engine().pass("subscriptions", {.max_age = std::chrono::hours(1)}).totals.scopes_skipped,
        30U
    );
    EXPECT_EQ(asked("list_subscriptions"), 0U);
}

TEST_F(Passes, ThatAreFullSkipOnlyWhatWasComparedWhole) {
    engine().sync();
    database_.execute(
        "update pcmirror.sync_scopes set compared_at = compared_at - interval '2 hours'"
    );
    engine().sync();
    const PassOptions full{.max_age = std::chrono::hours(1), .full = true};
    forget_requests();
    for (const PassReport& report : engine().sync(full))
        EXPECT_EQ(report.totals.scopes_skipped, 0U) << report.resource << ", by its digest only";
    EXPECT_EQ(asked("list_subscriptions"), 30U);

    forget_requests();
    for (const PassReport& report : engine().sync(full))
        EXPECT_EQ(report.totals.scopes, 0U) << report.resource;
    EXPECT_THAT(requests(), ::testing::IsEmpty());
}

TEST_F(Passes, TakeTheOldestScopesFirst) {
    engine({{"partner_center", {{"concurrency", 1}}}}).sync();
    database_.execute(
        "update pcmirror.sync_scopes set last_success_at = now() - make_interval(hours => 1 + "
        "(('x' || substr(md5(customer_id::text), 1, 6))::bit(24)::integer % 1000)) "
        "where resource = 'subscriptions'"
    );
    std::vector<std::string> oldest_first;
    for (const auto& row : database_.rows(
             "select customer_id from pcmirror.sync_scopes where resource = 'subscriptions' "
             "order by last_success_at, scope_id"
         ))
        oldest_first.push_back(*row.front());
    forget_requests();
    engine().pass("subscriptions");
    std::vector<std::string> order;
    for (const json& request : requests("list_subscriptions"))
        order.push_back(request["customer"]);
    EXPECT_EQ(order, oldest_first);
}

TEST_F(Passes, OverAnUnchangedWorldWriteNoRow) {
    engine().sync();
    const Rows before = database_.rows(every_row);
    const long long logged = rows("pcmirror.change_log");
    // Spelt in other ways, but nothing else.
    turn({{"guid_case", "upper"}, {"layout", "spread"}, {"nulls", "written"}});
    for (const PassReport& report : engine().sync()) {
        EXPECT_EQ(report.totals.scopes_unchanged, report.totals.scopes);
        EXPECT_EQ(report.totals.rows.updated, 0U);
    }
    // Comparing row by row finds nothing either.
    for (const PassReport& report : engine().sync({.full = true}))
        EXPECT_EQ(report.totals.scopes_unchanged, 0U);
    EXPECT_EQ(database_.rows(every_row), before);
    EXPECT_EQ(rows("pcmirror.change_log"), logged);
}

TEST_F(Passes, LogTheOneThingThatChanged) {
    engine().sync();
    const std::string owner = customer(0);
    const std::string id = subscriptions_of(owner).at(0);
    const long long logged = rows("pcmirror.change_log");
    change({{"set", {owner, id, {{"quantity", 424242}}}}});

    const std::vector<PassReport> reports = engine().sync();

    EXPECT_EQ(reports[1].totals.rows.updated, 1U);
    EXPECT_EQ(reports[1].totals.scopes_unchanged, 29U);
    EXPECT_EQ(rows("pcmirror.change_log"), logged + 1);
    const Rows entry = database_.rows(
        "select operation, key->>'subscription_id', new->>'quantity', old ? 'quantity' "
        "from pcmirror.change_log order by change_id desc limit 1"
    );
    EXPECT_EQ(entry, (Rows{{"update", id, "424242", "t"}}));
    expect_mirror_equals_world();
}

TEST_F(Passes, ThatAreDryShowChangesAndWriteNothing) {
    engine().sync();
    const std::string owner = customer(0);
    const std::vector<std::string> ids = subscriptions_of(owner);
    change({{"set", {owner, ids.at(0), {{"quantity", 424242}}}}});
    change({{"remove_subscription", {owner, ids.at(1)}}});
    change({{"add_subscriptions", {customer(2), 1}}});
    change({{"rename_customer", {owner, "Renamed"}}});
    const auto state = [&] {
        Rows all = database_.rows(every_row);
        for (const char* table : {"sync_scopes", "sync_runs", "change_log", "rejected_records"})
            all.push_back({database_.value(
                std::string("select md5(coalesce(string_agg(t::text, '' order by t::text), '')) "
                            "from pcmirror.") +
                table + " t"
            )});
        return all;
    };
    const Rows before = state();

    std::vector<std::string> shown;
    for (const PassReport& report : engine().sync({.dry_run = true}))
        for (const Change& one : report.changes)
            shown.push_back(one.table + " " + one.operation);

    EXPECT_THAT(
        shown,
        UnorderedElementsAre(
            "customers update",
            "subscriptions update",
            "subscriptions delete",
            "subscriptions insert"
        )
    );
    EXPECT_EQ(state(), before);
    engine().sync();
    expect_mirror_equals_world();
}

TEST_F(Passes, OfNamedCustomersAskForThoseOnly) {
    engine().pass("customers");
    PassOptions named;
    named.customers = {customer(0), customer(4)};
    EXPECT_EQ(engine().pass("subscriptions", named).totals.scopes, 2U);
    EXPECT_EQ(asked("list_subscriptions"), 2U);
    EXPECT_EQ(asked("list_subscriptions", customer(4)), 1U);
}

} // namespace
} // namespace pcmirror::testing
