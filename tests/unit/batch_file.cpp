#include "daemon/batch_file.hpp"

#include "daemon/job_payload.hpp"
#include "tests/places/places.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

namespace pcmirror {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

BatchCommon of(const char* operation) {
    BatchCommon common;
    common.operation = operation_catalogue().find(operation);
    return common;
}

std::vector<BatchJob> read_all(const std::string& text, const BatchCommon& common) {
    std::istringstream in(text);
    BatchFile file(in, "jobs.csv", common);
    std::vector<BatchJob> jobs;
    for (auto some = file.next(2); !some.empty(); some = file.next(2))
        jobs.insert(jobs.end(), some.begin(), some.end());
    return jobs;
}

std::string refusal(const std::string& text, const BatchCommon& common) {
    try {
        read_all(text, common);
        return "";
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_config);
        return error.what();
    }
}

json payload(const BatchJob& job) {
    EXPECT_EQ(job.problem, "");
    return json::parse(job.job.payload);
}

TEST(BatchFile, MakesAJobOfEachLine) {
    const auto jobs = read_all(
        "customer,key,run_after,priority,user_id,display_name\n"
        "contoso.com,k1,2026-01-31,7,u1,Ada\n"
        ",,,,u2,Bob\n",
        of("update_user")
    );
    ASSERT_THAT(jobs, SizeIs(2));
    EXPECT_EQ(jobs[0].line, 2U);
    EXPECT_EQ(jobs[0].job.operation, "update_user");
    EXPECT_EQ(jobs[0].job.customer_id, "contoso.com");
    EXPECT_EQ(jobs[0].job.idempotency_key, "k1");
    EXPECT_EQ(jobs[0].job.run_after, "2026-01-31");
    EXPECT_EQ(jobs[0].job.priority, 7);
    EXPECT_EQ(payload(jobs[0]), json({{"user_id", "u1"}, {"display_name", "Ada"}}));
    EXPECT_EQ(payload(jobs[1]), json({{"user_id", "u2"}, {"display_name", "Bob"}}));
}

TEST(BatchFile, TakesTheNamesOfTheQueuesColumns) {
    const auto jobs = read_all("customer_id,idempotency_key,user_id\nc,k,u\n", of("delete_user"));
    EXPECT_EQ(jobs[0].job.customer_id, "c");
    EXPECT_EQ(jobs[0].job.idempotency_key, "k");
}

TEST(BatchFile, ReachesIntoNestedFields) {
    const auto jobs = read_all(
        "email,default_address.city,default_address.country\na@b.c,Paris,\n",
        of("update_billing_profile")
    );
    EXPECT_EQ(
        payload(jobs[0]), json({{"email", "a@b.c"}, {"default_address", {{"city", "Paris"}}}})
    );
}

TEST(BatchFile, ReadsCellsByTheTypesOfTheirFields) {
    const auto jobs = read_all(
        "subscription_id,quantity,auto_renew_enabled,partner_id,scheduled_next_term_instructions\n"
        "007,25,TRUE,null,\"{\"\"quantity\"\": 3}\"\n"
        "s,many,maybe,,\n",
        of("update_subscription")
    );
    EXPECT_EQ(
        payload(jobs[0]),
        json(
            {{"subscription_id", "007"},
             {"quantity", 25},
             {"auto_renew_enabled", true},
             {"partner_id", nullptr},
             {"scheduled_next_term_instructions", {{"quantity", 3}}}}
        )
    );
    EXPECT_EQ(
        payload(jobs[1]),
        json({{"subscription_id", "s"}, {"quantity", "many"}, {"auto_renew_enabled", "maybe"}})
    ) << "the database says what is wanted";
    EXPECT_EQ(
        payload(read_all("amount\n100.50\n", of("update_spending_budget"))[0]).dump(),
        R"({"amount":100.5})"
    );
}

TEST(BatchFile, KeepsEveryDigitOfANumber) {
    EXPECT_EQ(
        read_all("amount\n100.500000000000000001\n", of("update_spending_budget"))[0].job.payload,
        R"({"amount":100.500000000000000001})"
    );
}

TEST(BatchFile, SplitsListsAtSemicolons) {
    const auto jobs = read_all(
        "user_id,licenses_to_assign,licenses_to_remove\n"
        "u,a; b,c\n"
        "u,\"[{\"\"sku_id\"\": \"\"a\"\", \"\"excluded_plans\"\": [\"\"p\"\"]}]\","
        "\"[\"\"x;y\"\"]\"\n",
        of("assign_licenses")
    );
    EXPECT_EQ(
        payload(jobs[0]),
        json(
            {{"user_id", "u"},
             {"licenses_to_assign", {{{"sku_id", "a"}}, {{"sku_id", "b"}}}},
             {"licenses_to_remove", {"c"}}}
        )
    );
    EXPECT_EQ(
        payload(jobs[1]),
        json(
            {{"user_id", "u"},
             {"licenses_to_assign", {{{"sku_id", "a"}, {"excluded_plans", {"p"}}}}},
             {"licenses_to_remove", {"x;y"}}}
        )
    );
}

TEST(BatchFile, TakesExpectationsByTheTypesOfTheirFields) {
    const auto jobs = read_all(
        "subscription_id,quantity,expect.quantity,expect.friendly_name\ns,5,4,null\n",
        of("update_subscription")
    );
    EXPECT_EQ(payload(jobs[0])["expect"], json({{"quantity", 4}, {"friendly_name", nullptr}}));
}

TEST(BatchFile, LetsALineSayMoreThanTheCommandLine) {
    BatchCommon common = of("create_user");
    common.payload = R"({"usage_location": "FR", "force_change_password": true})";
    common.job.customer_id = "all.com";
    common.job.priority = 3;
    common.job.run_after = "2026-02-01";
    const auto jobs = read_all(
        "customer,priority,run_after,usage_location,display_name\n,,,,Ada\none.com,0,2026-03-01,"
        "DE,Bob\n",
        common
    );
    EXPECT_EQ(jobs[0].job.customer_id, "all.com");
    EXPECT_EQ(jobs[0].job.priority, 3);
    EXPECT_EQ(jobs[0].job.run_after, "2026-02-01");
    EXPECT_EQ(payload(jobs[0])["usage_location"], "FR");
    EXPECT_EQ(jobs[1].job.customer_id, "one.com");
    EXPECT_EQ(jobs[1].job.priority, 0);
    EXPECT_EQ(jobs[1].job.run_after, "2026-03-01");
    EXPECT_EQ(payload(jobs[1])["usage_location"], "DE");
    EXPECT_EQ(payload(jobs[1])["force_change_password"], true);
}

TEST(BatchFile, MakesKeysOfAPrefix) {
    BatchCommon common = of("delete_user");
    common.key_prefix = "ticket-1";
    EXPECT_EQ(read_all("user_id\nu\n\nv\n", common)[1].job.idempotency_key, "ticket-1:4");
    const auto keyed = read_all("user_id,key\nu,a\nv,\n", common);
    EXPECT_EQ(keyed[0].job.idempotency_key, "ticket-1:a");
    EXPECT_EQ(keyed[1].job.idempotency_key, "") << "a line's number could be another line's key";
}

TEST(BatchFile, TakesTheOperationFromAColumn) {
    const auto jobs = read_all(
        "operation,user_id,role_id,display_name\n"
        "update_user,u,,Ada\nadd_user_role,u,r,\ndelet_user,u,,\n,u,,\n",
        BatchCommon()
    );
    EXPECT_EQ(jobs[0].job.operation, "update_user");
    EXPECT_EQ(payload(jobs[1]), json({{"user_id", "u"}, {"role_id", "r"}}));
    EXPECT_THAT(jobs[2].problem, HasSubstr("did you mean delete_user"));
    EXPECT_THAT(jobs[3].problem, HasSubstr("operation is missing"));
}

TEST(BatchFile, SaysAllThatIsWrongWithTheHeader) {
    EXPECT_THAT(
        refusal("user_id,dispaly_name,,user_id,operation\n", of("update_user")),
        AllOf(
            HasSubstr("jobs.csv:1: unknown column \"dispaly_name\" (did you mean "
                      "\"display_name\"?)"),
            HasSubstr("column 3 has no name"),
            HasSubstr("two columns \"user_id\""),
            HasSubstr("on the command line and in a column")
        )
    );
    EXPECT_THAT(refusal("customer,customer_id\n", of("delete_user")), HasSubstr("two columns"));
    EXPECT_THAT(refusal("user_id;display_name\n", of("update_user")), HasSubstr("no commas"));
    EXPECT_THAT(refusal("user_id\n", BatchCommon()), HasSubstr("no operation"));
    EXPECT_THAT(refusal("expect.password\n", of("create_user")), HasSubstr("unknown column"))
        << "it can't be read first";
    EXPECT_THAT(
        refusal("licenses_to_assign[].sku_id\n", of("assign_licenses")), HasSubstr("unknown column")
    );
    EXPECT_THAT(refusal("", of("update_user")), HasSubstr("empty"));
    EXPECT_THAT(refusal("\xFF\n", of("update_user")), HasSubstr("not UTF-8"));
}

TEST(BatchFile, NamesTheLinesThatCantBeJobs) {
    const auto jobs = read_all(
        "user_id,licenses_to_assign,priority\nu,[oops,high\nu,a\nu,a,1,2\n\"u\n",
        of("assign_licenses")
    );
    ASSERT_THAT(jobs, SizeIs(4));
    EXPECT_THAT(
        jobs[0].problem,
        AllOf(
            HasSubstr("licenses_to_assign is not a JSON array"),
            HasSubstr("priority must be a whole number")
        )
    );
    EXPECT_THAT(jobs[1].problem, HasSubstr("it has 2 values, and the header names 3 columns"));
    EXPECT_THAT(jobs[2].problem, HasSubstr("it has 4 values"));
    EXPECT_THAT(jobs[3].problem, HasSubstr("not closed"));
}

TEST(BatchFile, RefusesNullWhereItWouldBeAText) {
    const auto jobs = read_all("user_id,display_name\nu,null\nu,Null\n", of("update_user"));
    EXPECT_THAT(
        jobs[0].problem, AllOf(HasSubstr("display_name can't be null"), HasSubstr("--payload"))
    );
    EXPECT_EQ(payload(jobs[1])["display_name"], "Null") << "somebody's name";
    EXPECT_THAT(
        read_all("user_id,licenses_to_remove\nu,null\n", of("assign_licenses"))[0].problem,
        HasSubstr("licenses_to_remove can't be null")
    );
}

TEST(BatchFile, SaysWhatPrioritiesThereAre) {
    const auto jobs = read_all("user_id,priority\nu,99999999999\nu,-5\n", of("delete_user"));
    EXPECT_THAT(
        jobs[0].problem, HasSubstr("priority must be a whole number from -2147483648 to 2147483647")
    );
    EXPECT_EQ(jobs[1].job.priority, -5);
}

TEST(BatchFile, SaysWhyItCantBeRead) {
    std::ifstream in("/proc/self/mem", std::ios::binary);
    try {
        const BatchFile file(in, "/proc/self/mem", of("delete_user"));
        FAIL() << "it was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_config);
        EXPECT_STREQ(error.what(), "/proc/self/mem can't be read: Input/output error");
    }
}

TEST(Payload, SaysWhatIsWrongWithItsJson) {
    const Operation& operation = *operation_catalogue().find("update_user");
    const auto refusal = [&](const std::string& begun) -> std::string {
        try {
            return payload_of(operation, begun, {});
        } catch (const Error& error) {
            EXPECT_EQ(error.recovery(), Recovery::fix_config);
            return error.what();
        }
    };
    EXPECT_THAT(
        refusal("{\"a\": \"\\ud800\"}"), HasSubstr("--payload is not JSON: a lone surrogate")
    );
    EXPECT_THAT(refusal("{\"a\": \"\\u0000\"}"), HasSubstr("U+0000"));
    EXPECT_THAT(refusal(R"({"a": 1, "a": 2})"), HasSubstr("two members named \"a\" differ"));
    EXPECT_THAT(refusal("{"), HasSubstr("ends too early"));
}

TEST(BatchFile, NeverSaysWhatACellHolds) {
    const auto jobs = read_all(
        "user_principal_name,password\na,\"Geheim\"4711\nb,Geheim4711,x\n", of("create_user")
    );
    for (const BatchJob& job : jobs) {
        EXPECT_THAT(job.problem, Not(IsEmpty()));
        EXPECT_THAT(job.problem, Not(HasSubstr("Geheim")));
    }
}

TEST(BatchFile, ReadsTheExampleOfTheReadme) {
    std::ifstream file(places::source("README.md"));
    const std::string readme{std::istreambuf_iterator<char>(file), {}};
    const std::size_t from = readme.find("operation,customer,key,");
    ASSERT_NE(from, std::string::npos);
    const auto jobs = read_all(readme.substr(from, readme.find("```", from) - from), BatchCommon());
    EXPECT_THAT(jobs, SizeIs(3));
    for (const BatchJob& job : jobs)
        EXPECT_EQ(job.problem, "") << job.line;
}

TEST(BatchFile, HasNoColumnThatIsAFieldAsWell) {
    for (const Operation* operation : operation_catalogue())
        for (const char* own :
             {"customer",
              "customer_id",
              "key",
              "idempotency_key",
              "priority",
              "run_after",
              "operation"})
            EXPECT_EQ(field_of(*operation, own), nullptr) << operation->name;
}

} // namespace
} // namespace pcmirror
