#include "schema/describe.hpp"
#include "tests/simulated/recipe_resources.hpp"
#include "tests/support/engine_test.hpp"
#include "tests/support/mirror_fixture.hpp"
#include "tests/unit/records_rows.hpp"

#include <gmock/gmock.h>
#include <set>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// The steps of schema/README.md, for resources that nobody ships: the description above all, its
// DDL as it is drafted, the decoded sample, the world.
class Recipe : public EngineTest {
  protected:
    Recipe() {
        // Dates are days as they are written, and what has no column is kept as it is spelt.
        world(
            {"--customers",
             "8",
             "--subscriptions",
             "4",
             "--switch",
             "time_forms=uniform",
             "--switch",
             "enum_spelling=uniform",
             "--switch",
             "nulls=left_out",
             "--switch",
             "array_order=uniform"}
        );
        for (const Resource* resource : {&recipe::contracts, &recipe::pairs, &recipe::sheets})
            database_.execute(ddl_text(*resource));
        engine().pass(recipe::catalogue, resources::customers);
    }

    PassReport pass(const Resource& resource, PassOptions options = {}) {
        return engine().pass(recipe::catalogue, resource, std::move(options));
    }

    [[nodiscard]] long long true_count() const {
        return static_cast<long long>(simulator_truth().size());
    }

    [[nodiscard]] std::vector<json> simulator_truth() const {
        std::vector<json> all;
        for (const std::string& customer : customers())
            for (json& row : truth_of(customer))
                all.push_back(std::move(row));
        return all;
    }

    /// `subscription kind until seats` of each refund that is possible.
    [[nodiscard]] std::set<std::string> true_refunds() const {
        std::set<std::string> refunds;
        for (const json& row : simulator_truth())
            for (const json& option : row.value("refund_options", json::array()))
                refunds.insert(
                    row["subscription_id"].get<std::string>() + ' ' +
                    option["type"].get<std::string>() + ' ' +
                    option["expiresAt"].get<std::string>().substr(0, 26) + ' ' +
                    row["quantity"].dump()
                );
        return refunds;
    }

    [[nodiscard]] std::set<std::string> mirrored_refunds() const {
        std::set<std::string> refunds;
        for (const auto& row : database_.rows(
                 "select concat_ws(' ', subscription_id, kind, "
                 "to_char(until at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), seats) "
                 "from partner_center.contract_refunds"
             ))
            refunds.insert(*row.front());
        return refunds;
    }

    void expect_contracts_equal_world() const {
        std::set<std::string> expected;
        for (const json& row : simulator_truth())
            expected.insert(
                row["customer_id"].get<std::string>() + row["subscription_id"].get<std::string>() +
                row["quantity"].dump() +
                row["effective_start_date"].get<std::string>().substr(0, 10) +
                row["status"].get<std::string>()
            );
        std::set<std::string> found;
        for (const auto& row :
             database_.rows("select concat(customer_id, subscription_id, seats, began_on, status) "
                            "from partner_center.contracts"))
            found.insert(*row.front());
        EXPECT_EQ(found, expected);
        EXPECT_EQ(mirrored_refunds(), true_refunds());
    }

    /// The first customer with a subscription whose refunds could be told.
    [[nodiscard]] json some_contract() const {
        for (json& row : simulator_truth())
            if (!row.value("refund_options", json::array()).empty())
                return row;
        return {};
    }

  private:
    [[nodiscard]] std::vector<json> truth_of(const std::string& customer) const {
        return simulator().control_lines("/truth/subscriptions?customer=" + customer);
    }
};

TEST(RecipeText, FollowsFromTheDescription) {
    EXPECT_EQ(flaw_in(recipe::listed), "");
    const Described shown = describe(recipe::contracts);
    EXPECT_EQ(shown.tables, "contracts, contract_refunds");
    EXPECT_EQ(shown.endpoint, "GET /v1/customers/{customer_id}/subscriptions");
    EXPECT_EQ(shown.sign_in, "app");
    EXPECT_THAT(describe(recipe::pairs).endpoint, HasSubstr("subscriptions?second=true"));
    EXPECT_THAT(
        ddl_text(recipe::contracts), HasSubstr("primary key (customer_id, subscription_id, kind)")
    );
    EXPECT_THAT(
        markdown_text(recipe::catalogue), HasSubstr("One row for each element of `/refundOptions`")
    );
}

TEST(RecipeText, DecodesTheSampleToTheRowsWrittenByHand) {
    const Decoded decoded = decode(
        recipe::contracts,
        R"({"id":"7C0D3A55-2B4E-4F0C-9C58-1A2B3C4D5E6F","quantity":12,"status":"Active",)"
        R"("effectiveStartDate":"2024-05-06T07:08:09Z","refundOptions":[)"
        R"({"type":"Full","expiresAt":"2024-06-01T00:00:00.1234567Z"},{"type":"Partial"}]})"
    );
    ASSERT_FALSE(decoded.rejection);
    ASSERT_EQ(decoded.rows.size(), 3U);
    EXPECT_EQ(decoded.rows[0]["seats"], "12");
    EXPECT_EQ(decoded.rows[0]["began_on"], "2024-05-06");
    EXPECT_EQ(decoded.rows[0]["extra"], std::nullopt);
    EXPECT_EQ(decoded.rows[1]["subscription_id"], "7c0d3a55-2b4e-4f0c-9c58-1a2b3c4d5e6f");
    EXPECT_EQ(decoded.rows[1]["kind"], "Full");
    EXPECT_EQ(decoded.rows[1]["until"], "2024-06-01 00:00:00.123456+00");
    EXPECT_EQ(decoded.rows[2]["kind"], "Partial");
    EXPECT_EQ(decoded.rows[2]["until"], std::nullopt);
}

TEST_F(Recipe, FeedsATableAndTheOneNestedInIt) {
    pass(recipe::contracts);
    expect_contracts_equal_world();
    EXPECT_FALSE(mirrored_refunds().empty());
    EXPECT_EQ(pass(recipe::contracts).totals.scopes_unchanged, 8U);

    const json contract = some_contract();
    const json options =
        json::array({{{"type", "Other"}, {"expiresAt", "2031-01-02T03:04:05.0000000Z"}}});
    change(
        {{"set",
          {contract["customer_id"], contract["subscription_id"], {{"refundOptions", options}}}}}
    );
    pass(recipe::contracts);
    expect_contracts_equal_world();

    change({{"remove_subscription", {contract["customer_id"], contract["subscription_id"]}}});
    EXPECT_EQ(pass(recipe::contracts).totals.rows.deleted, 2U);
    expect_contracts_equal_world();
}

TEST_F(Recipe, LeavesWithItsCustomerAndUndoesToNothing) {
    pass(recipe::contracts);
    pass(recipe::sheets);
    const json contract = some_contract();
    change({{"remove_customer", contract["customer_id"]}});
    engine().pass(recipe::catalogue, resources::customers);
    expect_contracts_equal_world();
    EXPECT_EQ(rows("partner_center.sheets"), true_count());
    EXPECT_EQ(
        rows(
            "pcmirror.sync_scopes",
            "customer_id = '" + contract["customer_id"].get<std::string>() + "'"
        ),
        0
    );
    undo_to(database_, 0);
    for (const char* table : {"customers", "contracts", "contract_refunds", "sheets"})
        EXPECT_EQ(rows(std::string("partner_center.") + table), 0) << table;
}

TEST_F(Recipe, ReadsAScopeOfTwoListings) {
    pass(recipe::pairs);
    EXPECT_EQ(asked("list_subscriptions"), 16U);
    EXPECT_EQ(rows("partner_center.pairs"), true_count());

    // What both lack is asked for by itself.
    const json contract = some_contract();
    const std::string owner = contract["customer_id"];
    const std::string id = contract["subscription_id"];
    change({{"remove_subscription", {owner, id}}});
    EXPECT_EQ(pass(recipe::pairs).totals.rows.deleted, 1U);
    EXPECT_EQ(asked("get_subscription"), 1U);

    // Where one of them fails the other is applied, and nothing deleted.
    change({{"add_subscriptions", {owner, 1}}});
    change({{"remove_subscription", {owner, subscriptions_of(owner).at(0)}}});
    fault({{"fault", "status"}, {"status", 500}, {"customer", owner}, {"path", "second"}});
    const PassReport report = pass(recipe::pairs);
    EXPECT_EQ(report.totals.rows.inserted, 1U);
    EXPECT_EQ(report.totals.rows.deleted, 0U);
    EXPECT_EQ(scope("state", "pairs", owner), "failing");
    EXPECT_THAT(scope("last_error", "pairs", owner), HasSubstr("second: "));
    no_faults();
    EXPECT_EQ(pass(recipe::pairs).totals.rows.deleted, 1U);
    EXPECT_EQ(rows("partner_center.pairs"), true_count());
}

TEST_F(Recipe, MakesARequestForEachRowOfAnother) {
    pass(recipe::contracts);
    const PassReport first = pass(recipe::sheets);
    EXPECT_EQ(asked("get_subscription"), static_cast<std::size_t>(true_count()));
    EXPECT_EQ(first.totals.requests, static_cast<std::uint64_t>(true_count()));
    for (const json& row : simulator_truth()) {
        const std::string etag = row["etag"].is_null() ? "" : row["etag"].get<std::string>();
        const std::string where =
            "subscription_id = '" + row["subscription_id"].get<std::string>() +
            "' and coalesce(etag, '') = '" + etag +
            "' and coalesce(to_jsonb(actions), 'null') = '" + row["actions"].dump() + "'";
        EXPECT_EQ(rows("partner_center.sheets", where), 1) << row;
    }

    // One that can't be read is named, and keeps its row.
    const json contract = some_contract();
    const std::string owner = contract["customer_id"];
    const std::string id = contract["subscription_id"];
    fault({{"fault", "status"}, {"status", 404}, {"path", id}});
    const PassReport second = pass(recipe::sheets, {.full = true});
    EXPECT_EQ(second.totals.rows.deleted, 0U);
    EXPECT_EQ(second.totals.scopes_failed, 1U);
    EXPECT_THAT(scope("last_error", "sheets", owner), HasSubstr(id));
    EXPECT_EQ(rows("partner_center.sheets"), true_count());
    no_faults();

    // A contract that is gone is not asked about any more, and its sheet goes.
    change({{"remove_subscription", {owner, id}}});
    pass(recipe::contracts);
    forget_requests();
    EXPECT_EQ(pass(recipe::sheets).totals.rows.deleted, 1U);
    EXPECT_EQ(rows("partner_center.sheets"), true_count());
    EXPECT_EQ(rows("pcmirror.sync_scopes", "state <> 'ok'"), 0);
}

} // namespace
} // namespace pcmirror::testing
