#include "daemon/json.hpp"
#include "daemon/live.hpp"
#include "daemon/preflight.hpp"
#include "daemon/rows_text.hpp"
#include "daemon/sync_summary.hpp"
#include "schema/counted.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pcmirror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ScopeReport trouble(ScopeEnd end, std::string customer, std::string message) {
    ScopeReport report;
    report.end = end;
    report.customer_id = std::move(customer);
    report.message = std::move(message);
    return report;
}

SyncSummary summary() {
    PassOutcome customers;
    customers.report.resource = "customers";
    customers.report.run_id = 1;
    customers.report.totals.scopes = customers.report.totals.scopes_ok = 1;
    customers.report.totals.rows.seen = 50;
    customers.report.totals.requests = 2;
    customers.report.took = std::chrono::milliseconds(1234);
    PassOutcome subscriptions;
    subscriptions.report.resource = "subscriptions";
    subscriptions.report.totals.scopes = 30;
    subscriptions.report.totals.scopes_failed = 25;
    subscriptions.report.totals.scopes_refused = 2;
    subscriptions.report.totals.scopes_ok = 3;
    for (int at = 0; at < 25; ++at)
        subscriptions.report.troubles.push_back(
            trouble(ScopeEnd::failing, "c" + std::to_string(at), "timed\nout")
        );
    for (int at = 0; at < 2; ++at)
        subscriptions.report.troubles.push_back(trouble(ScopeEnd::refused, "r", "403"));
    return {{std::move(customers), std::move(subscriptions)}};
}

TEST(SyncSummary, NeverHidesAPartialFailure) {
    const std::string text = summary_text(summary());
    EXPECT_THAT(text, HasSubstr("31 scopes: 4 ok, 25 failed, 2 refused, 0 held\n"));
    EXPECT_THAT(text, HasSubstr("1.2s"));
    EXPECT_FALSE(summary().clean());
}

TEST(SyncSummary, SaysHowManyScopesWereSkipped) {
    SyncSummary skipping = summary();
    EXPECT_THAT(summary_text(skipping), Not(HasSubstr("skipped")));
    skipping.max_age = std::chrono::hours(6);
    EXPECT_THAT(summary_text(skipping), Not(HasSubstr("skipped"))) << "none was";
    skipping.passes[1].report.totals.scopes_skipped = 1;
    EXPECT_THAT(
        summary_text(skipping), HasSubstr("\n1 scope verified within the last 6h was skipped\n")
    );
    skipping.passes[0].report.totals.scopes_skipped = 11;
    EXPECT_THAT(
        summary_text(skipping), HasSubstr("\n12 scopes verified within the last 6h were skipped\n")
    );
    const auto json = nlohmann::json::parse(summary_json(skipping));
    EXPECT_EQ(json["resources"][0]["scopes_skipped"], 11);
}

TEST(SyncSummary, NamesTroubledScopesUpToABound) {
    const std::string text = troubles_text(summary());
    EXPECT_THAT(text, HasSubstr("failed   subscriptions of customer c0: timed out\n"));
    EXPECT_THAT(text, HasSubstr("customer c19:"));
    EXPECT_THAT(text, Not(HasSubstr("customer c20:")));
    EXPECT_THAT(text, HasSubstr("failed   subscriptions: and 5 more; see pcmirror.sync_scopes\n"));
    EXPECT_THAT(text, HasSubstr("refused  subscriptions of customer r: 403\n"));
}

TEST(SyncSummary, ToleratesRefusedScopesOnRequestAndNothingElse) {
    SyncSummary refused = summary();
    refused.passes[1].report.totals.scopes_failed = 0;
    EXPECT_FALSE(refused.clean());
    refused.tolerate_refused = true;
    EXPECT_TRUE(refused.clean());
    refused.passes[0].report.totals.rows.rejected = 3;
    EXPECT_TRUE(refused.clean()) << "a rejected record alone is no failure";
    EXPECT_THAT(summary_text(refused), HasSubstr("3 records rejected"));
    refused.passes[0].report.totals.rows.rejected = 1;
    EXPECT_THAT(summary_text(refused), HasSubstr("; 1 record rejected, see"));
    refused.passes[0].report.totals.scopes_held = 1;
    EXPECT_FALSE(refused.clean());
    refused.passes[0].report.totals.scopes_held = 0;
    refused.passes[0].failure = "interrupted";
    EXPECT_FALSE(refused.clean());
    EXPECT_THAT(troubles_text(refused), HasSubstr("ended    customers: interrupted\n"));
}

TEST(SyncSummary, IsOneJsonDocument) {
    SyncSummary dry = summary();
    dry.dry_run = true;
    dry.passes[1].report.changes.push_back(
        {"subscriptions",
         "update",
         R"({"subscription_id": "s"})",
         R"({"quantity": 5})",
         R"({"quantity": 7})"}
    );
    const auto json = nlohmann::json::parse(summary_json(dry));
    EXPECT_EQ(json["ok"], false);
    EXPECT_EQ(json["scopes_failed"], 25);
    EXPECT_EQ(json["resources"][0]["seen"], 50);
    EXPECT_EQ(json["resources"][0]["seconds"], 1.234);
    EXPECT_EQ(json["resources"][1]["run_id"], nullptr);
    EXPECT_EQ(json["resources"][1]["troubles"][0]["error"], "timed\nout");
    EXPECT_EQ(json["resources"][1]["changes"][0]["new"]["quantity"], 7);
    EXPECT_THAT(changes_text(dry), HasSubstr("update     subscriptions"));
}

TEST(Counted, SaysOneOfOne) {
    EXPECT_EQ(counted(0, "record"), "0 records");
    EXPECT_EQ(counted(1U, "record"), "1 record");
    EXPECT_EQ(counted(12, "record"), "12 records");
    EXPECT_EQ(left_out_text(1), "1 record left out: can't be read\n");
}

TEST(JsonWriter, EscapesAndSeparates) {
    JsonWriter json;
    json.begin_object().key("a\"b").text("x\n\x01\\").key("n").number(-5).key("d").decimal(2.50);
    json.key("l").begin_array().null().boolean(true).begin_object().end_object().end_array();
    json.key("t").optional_text({}).end_object();
    EXPECT_EQ(
        json.document(),
        R"({"a\"b": "x\n\u0001\\", "n": -5, "d": 2.5, "l": [null, true, {}], "t": null})"
        "\n"
    );
}

TEST(Rows, KeepEveryDigitAndTypeInJson) {
    const std::vector<ShownColumn> columns{
        {"id", Type::uuid},
        {"price", Type::numeric},
        {"on", Type::boolean},
        {"at", Type::timestamp},
        {"tags", Type::text_array},
        {"extra", Type::jsonb}};
    JsonWriter json;
    write_rows(
        json,
        columns,
        {{"7",
          "10.10000000000000000001",
          "true",
          "2018-03-15 02:17:15.6+00",
          R"({a,"b \"c\""})",
          std::nullopt}}
    );
    EXPECT_EQ(
        json.document(),
        R"([{"id": "7", "price": 10.10000000000000000001, "on": true, )"
        R"("at": "2018-03-15T02:17:15.6+00:00", "tags": ["a", "b \"c\""], "extra": null}])"
        "\n"
    );
}

TEST(Rows, LeaveOutWhatHasNoValueInText) {
    const std::vector<ShownColumn> columns{{"id", Type::text}, {"company_name", Type::text}};
    EXPECT_EQ(
        rows_text(columns, {{"1", "A\nB"}, {"2", std::nullopt}}),
        "id            1\ncompany_name  A B\n\nid            2\n"
    );
}

TEST(Rows, ReadArraysAsPostgresWritesThem) {
    EXPECT_THAT(array_elements("{}"), IsEmpty());
    EXPECT_THAT(array_elements("{a}"), ElementsAre("a"));
    EXPECT_THAT(array_elements(R"({"","a,b","c\\d","}"})"), ElementsAre("", "a,b", "c\\d", "}"));
}

TEST(Probes, ShowWhatToDoBelowEachProblem) {
    const std::vector<Probe> probes{
        {"database", true, "postgresql:///x", ""}, {"api", false, "401", "consent again"}};
    EXPECT_EQ(
        probes_text(probes),
        "ok      database  postgresql:///x\n"
        "FAILED  api       401\n"
        "        hint: consent again\n"
    );
    const auto json = nlohmann::json::parse(probes_json(probes));
    EXPECT_EQ(json["ok"], false);
    EXPECT_EQ(json["probes"][1]["hint"], "consent again");
}

} // namespace
} // namespace pcmirror
