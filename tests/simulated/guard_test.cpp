#include "tests/support/engine_test.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Guard : public EngineTest {
  protected:
    void empty(const std::string& customer) { change({{"empty_customer", customer}}); }

    void expect_world_without_trouble() {
        expect_mirror_equals_world();
        EXPECT_EQ(rows("pcmirror.sync_scopes", "state <> 'ok'"), 0);
    }
};

TEST_F(Guard, HoldsALossOfCustomersAndLetsTheRestThrough) {
    world({"--customers", "60", "--subscriptions", "0"});
    engine().sync();
    const std::string renamed = customer(0);
    for (int left = 0; left < 25; ++left)
        change({{"remove_customer", customer(5)}});
    change({{"rename_customer", {renamed, "Renamed"}}});
    change({{"add_customers", 1}});

    const PassReport report = engine().pass("customers");

    EXPECT_EQ(report.totals.rows.held, 25U);
    EXPECT_EQ(report.totals.scopes_held, 1U);
    EXPECT_EQ(report.totals.rows.deleted, 0U);
    EXPECT_EQ(report.totals.rows.inserted, 1U);
    EXPECT_EQ(report.totals.rows.updated, 1U);
    EXPECT_EQ(scope("state", "customers"), "held");
    EXPECT_THAT(scope("last_error", "customers"), HasSubstr("would delete 25 of 60 rows"));
    EXPECT_THAT(scope("last_error", "customers"), HasSubstr("sync customers --allow-deletes"));
    EXPECT_EQ(rows("partner_center.customers"), 61);

    // Held again, not let through by asking twice.
    EXPECT_EQ(engine().pass("customers", {.full = true}).totals.rows.held, 25U);
    EXPECT_EQ(engine().pass("customers", {.allow_deletes = true}).totals.rows.deleted, 25U);
    engine().pass("subscriptions");
    expect_world_without_trouble();
}

TEST_F(Guard, LetsFewRowsGo) {
    world({"--customers", "8", "--subscriptions", "0"});
    engine().sync();
    for (int left = 0; left < 5; ++left)
        change({{"remove_customer", customer(0)}});
    EXPECT_EQ(engine().sync()[0].totals.rows.deleted, 5U);
    expect_world_without_trouble();
}

TEST_F(Guard, HoldsWhatOnePassMayNotDeleteInTheNextOnesToo) {
    world({"--customers", "40", "--subscriptions", "4"});
    engine(json::object()).sync();
    for (int at = 0; at < 20; ++at)
        empty(customer(static_cast<std::size_t>(at)));
    const PassReport first = engine().pass("subscriptions");
    EXPECT_GT(first.totals.rows.held, 0U);
    const long long left = rows("partner_center.subscriptions");

    for (int pass = 0; pass < 3; ++pass) {
        const PassReport next = engine().pass("subscriptions");
        EXPECT_EQ(next.totals.rows.deleted, 0U);
        EXPECT_EQ(next.totals.rows.held, first.totals.rows.held);
    }

    EXPECT_EQ(rows("partner_center.subscriptions"), left);
    EXPECT_THAT(
        *database_.value("select max(last_error) from pcmirror.sync_scopes where state = 'held'"),
        HasSubstr("may go while earlier deletes of it are held; to let it: pcmirror sync")
    );
    engine().pass("subscriptions", {.allow_deletes = true});
    expect_world_without_trouble();
}

TEST_F(Guard, HoldsACustomerThatSeemsEmptyUntilItIsReleasedByName) {
    world({"--customers", "6", "--subscriptions", "1", "--big-customer", "40"});
    const std::string first = customer(0);
    const std::string second = customer(2);
    change({{"add_subscriptions", {second, 40}}});
    engine().sync();
    empty(first);
    empty(second);

    const PassReport report = engine().pass("subscriptions");
    EXPECT_EQ(report.totals.scopes_held, 2U);
    EXPECT_EQ(report.totals.rows.deleted, 0U);
    EXPECT_THAT(
        scope("last_error", "subscriptions", first),
        HasSubstr("sync subscriptions --customer " + first + " --allow-deletes")
    );

    PassOptions release;
    release.customers = {first};
    release.allow_deletes = true;
    EXPECT_EQ(engine().pass("subscriptions", release).totals.rows.deleted, 40U);
    EXPECT_EQ(rows("partner_center.subscriptions", "customer_id = '" + first + "'"), 0);
    EXPECT_GE(rows("partner_center.subscriptions", "customer_id = '" + second + "'"), 40);
    EXPECT_EQ(scope("state", "subscriptions", first), "ok");
    EXPECT_EQ(scope("state", "subscriptions", second), "held");

    // What is there again needs nobody's leave.
    change({{"add_subscriptions", {second, 40}}});
    engine().pass("subscriptions", {.allow_deletes = true});
    expect_world_without_trouble();
}

TEST_F(Guard, CountsThePassAsAWhole) {
    world({"--customers", "10", "--subscriptions", "0"});
    const std::vector<std::string> all = customers();
    for (const std::string& each : all)
        change({{"add_subscriptions", {each, 6}}});
    engine({{"delete_guard", {{"min_rows", 2}}}}).sync();
    for (std::size_t at = 0; at < 5; ++at) {
        const std::vector<std::string> ids = subscriptions_of(all[at]);
        change({{"remove_subscription", {all[at], ids.at(0)}}});
        change({{"remove_subscription", {all[at], ids.at(1)}}});
    }

    // A tenth of 60 rows is three customers' two.
    const PassReport report = engine().pass("subscriptions");
    EXPECT_EQ(report.totals.rows.deleted, 6U);
    EXPECT_EQ(report.totals.scopes_held, 2U);
    EXPECT_EQ(report.totals.rows.held, 4U);
    EXPECT_EQ(
        rows(
            "pcmirror.sync_scopes", "state = 'held' and last_error like '%max_fraction_per_pass%'"
        ),
        2
    );
    EXPECT_EQ(engine().pass("subscriptions").totals.rows.deleted, 0U);
    EXPECT_EQ(engine().pass("subscriptions", {.allow_deletes = true}).totals.rows.deleted, 4U);
    expect_world_without_trouble();
}

TEST_F(Guard, HoldsAWorldThatSeemsEmptyThoughEachCustomerLosesLittle) {
    world({"--customers", "60", "--subscriptions", "4"});
    engine().sync();
    const long long before = rows("partner_center.subscriptions");
    ASSERT_GT(before, 100);
    fault(
        {{"fault", "status"},
         {"status", 200},
         {"body", R"({"totalCount": 0, "items": []})"},
         {"path", "/subscriptions"}}
    );

    const PassReport report = engine().pass("subscriptions");

    EXPECT_GT(report.totals.scopes_held, 30U);
    EXPECT_GE(rows("partner_center.subscriptions") * 10, before * 9);
    no_faults();
    engine().pass("subscriptions");
    expect_world_without_trouble();
}

class Excluded : public Guard {
  protected:
    Excluded() {
        world({"--customers", "9", "--subscriptions", "2", "--page-size", "4"});
        out_ = customer(3);
    }

    void exclude() { engine().settings().customers.exclude = {out_}; }

    void include_all() { engine().settings().customers.exclude.clear(); }

    [[nodiscard]] long long mirrored_rows(const std::string& table) const {
        return rows("partner_center." + table, "customer_id = '" + out_ + "'");
    }

    std::string out_;
};

TEST_F(Excluded, FromTheBeginningIsNeverMirrored) {
    exclude();
    engine().sync();
    EXPECT_EQ(rows("partner_center.customers"), 8);
    EXPECT_EQ(mirrored_rows("subscriptions"), 0);
    EXPECT_EQ(asked("list_subscriptions", out_), 0U);

    // The list itself did not change, but what is made of it did.
    include_all();
    const std::vector<PassReport> reports = engine().sync();
    EXPECT_EQ(reports[0].totals.scopes_unchanged, 0U);
    EXPECT_EQ(reports[0].totals.rows.inserted, 1U);
    expect_world_without_trouble();
}

TEST_F(Excluded, LaterStaysAsItIs) {
    engine().sync();
    const long long subscriptions = mirrored_rows("subscriptions");
    exclude();
    change({{"rename_customer", {out_, "Renamed"}}});
    change({{"add_subscriptions", {out_, 1}}});
    forget_requests();
    engine().sync();
    EXPECT_EQ(rows("partner_center.customers", "company_name = 'Renamed'"), 0);
    EXPECT_EQ(mirrored_rows("subscriptions"), subscriptions);
    EXPECT_EQ(asked("list_subscriptions", out_), 0U);
    EXPECT_EQ(scope("state", "subscriptions", out_), "excluded");

    change({{"remove_customer", out_}});
    EXPECT_EQ(engine().sync()[0].totals.rows.deleted, 0U);
    EXPECT_EQ(mirrored_rows("customers"), 1);
    EXPECT_EQ(asked("get_customer"), 0U);

    change({{"restore_customer", out_}});
    include_all();
    engine().sync();
    expect_world_without_trouble();
}

TEST_F(Excluded, GoesByDomainAndWildcard) {
    engine().settings().customers.include = {"CUSTOMER*.onmicrosoft.com"};
    engine().sync();
    std::size_t wanted = 0;
    for (const json& row : simulator().control_lines("/truth/customers"))
        wanted += row["domain"].get<std::string>().starts_with("customer") ? 1U : 0U;
    EXPECT_EQ(rows("partner_center.customers"), static_cast<long long>(wanted));
    EXPECT_EQ(asked("list_subscriptions"), wanted);
}

} // namespace
} // namespace pcmirror::testing
