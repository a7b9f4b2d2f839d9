#include "daemon/batch_verdict_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pcmirror {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

BatchVerdict example() {
    BatchVerdict verdict;
    verdict.lines = 4;
    verdict.to_queue = 3;
    verdict.needs = {1, 3, 2};
    verdict.listings = 1;
    verdict.busiest_customer = "contoso";
    verdict.busiest_jobs = 2;
    verdict.seats[{"contoso", "sku"}] = {"Office E3", 2, 1, 2, 1};
    verdict.seats[{"contoso", "other"}] = {"Visio", 5, 0, 1, 0};
    verdict.findings = {
        {2, FindingKind::no_op, "the mirror shows it so already"},
        {3, FindingKind::missing_seats, "no seat of Office E3 is left"}};
    return verdict;
}

TEST(BatchVerdict, SaysWhatTheBatchComesTo) {
    EXPECT_EQ(
        verdict_text(example(), "jobs.csv", 0.5),
        "4 lines: 3 would be queued, 1 missing seats, 1 no op\n"
        "7 requests or more: 1 to read first, 3 to write, 3 to bring the mirror up to date; 14s "
        "with the whole budget of 0.50 requests/s\n"
        "one after the other: 2 jobs of customer contoso\n"
        "\n"
        "customer  product    available  queued  wanted  missing\n"
        "contoso   Office E3          2       1       2        1\n"
        "\n"
        "jobs.csv:2: no op: the mirror shows it so already\n"
        "jobs.csv:3: missing seats: no seat of Office E3 is left\n"
    );
    EXPECT_THAT(verdict_text(example(), "jobs.csv", 0), Not(HasSubstr("budget")));
}

TEST(BatchVerdict, QueuesNothingWhereALineIsRefused) {
    BatchVerdict verdict = example();
    verdict.findings.push_back({5, FindingKind::refused, "user_id is missing"});
    EXPECT_THAT(
        verdict_text(verdict, "jobs.csv", 0),
        HasSubstr("4 lines: nothing would be queued, 1 refused, 1 missing seats, 1 no op\n")
    );
    EXPECT_EQ(nlohmann::json::parse(verdict_json(verdict, 0))["would_be_queued"], 0);
}

TEST(BatchVerdict, ShowsSomeDozensOfAKindAndCountsTheRest) {
    BatchVerdict verdict;
    for (std::uint64_t line = 2; line < 102; ++line)
        verdict.findings.push_back({line, FindingKind::no_op, "so already"});
    for (int product = 0; product < 50; ++product)
        verdict.seats[{"contoso", std::to_string(product)}] = {"Office", 0, 0, 1, 1};
    verdict.findings.push_back({102, FindingKind::conflict, "line 2 deletes this user"});
    EXPECT_THAT(
        verdict_text(verdict, "f", 1),
        AllOf(
            HasSubstr("f:41: no op"),
            Not(HasSubstr("f:42: no op")),
            HasSubstr("f:102: conflict"),
            HasSubstr("and 60 more: no op\n"),
            HasSubstr("\nand 10 more\n")
        )
    );
}

TEST(BatchVerdict, IsADocumentForPrograms) {
    const nlohmann::json json = nlohmann::json::parse(verdict_json(example(), 0.5));
    EXPECT_EQ(json["lines"], 4);
    EXPECT_EQ(json["would_be_queued"], 3);
    EXPECT_EQ(json["missing_seats"], 1);
    EXPECT_EQ(json["refused"], 0);
    EXPECT_EQ(json["requests"]["at_least"], 7);
    EXPECT_EQ(json["requests"]["seconds"], 14);
    EXPECT_EQ(json["seats"].size(), 2);
    EXPECT_EQ(json["seats"][1]["queued"], 1);
    EXPECT_EQ(json["findings"][1]["line"], 3);
    EXPECT_EQ(json["findings"][1]["kind"], "missing_seats");
}

} // namespace
} // namespace pcmirror
