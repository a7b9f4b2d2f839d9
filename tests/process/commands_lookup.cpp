#include "tests/process/commands_installation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(Get, PrintsTheSameFromMirrorAndApi) {
    const Installation installation({.simulator = {"--customers", "5", "--big-customer", "40"}});
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const std::string first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    nlohmann::json mirrored = installation.json({"get", "subscriptions", "--customer", first});
    nlohmann::json live =
        installation.json({"get", "subscriptions", "--customer", first, "--live"});
    ASSERT_THAT(mirrored, SizeIs(40));
    for (nlohmann::json& row : mirrored) {
        row.erase("first_seen_at");
        row.erase("changed_at");
    }
    const auto by_id = [](const nlohmann::json& a, const nlohmann::json& b) {
        return a["subscription_id"] < b["subscription_id"];
    };
    std::sort(mirrored.begin(), mirrored.end(), by_id);
    std::sort(live.begin(), live.end(), by_id);
    EXPECT_EQ(mirrored, live);

    const Outcome text = installation.call({"get", "subscriptions", "--customer", first});
    EXPECT_THAT(text.out, HasSubstr("subscription_id "));
    EXPECT_EQ(installation.call({"get", "subscriptions", "--customer", "nobody"}).exit_code, 2);
}

TEST(Get, PrintsTheLicensesOfACustomersUsersFromMirrorAndApi) {
    const Installation installation(
        {.simulator =
             {"--customers", "2", "--big-users", "30", "--switch", "inactive_user_licenses=404"},
         .everything = true}
    );
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const std::string first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    const Outcome live =
        installation.call({"get", "user_licenses", "--customer", first, "--live", "--json"});
    EXPECT_EQ(live.exit_code, 0) << live.err;
    EXPECT_EQ(
        nlohmann::json::parse(live.out).size(),
        installation.json({"get", "user_licenses", "--customer", first}).size()
    );
}

TEST(Get, SaysOnStderrThatThereIsNothing) {
    const Installation installation({.simulator = {"--customers", "3"}, .everything = true});
    ASSERT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
    const std::string id = *installation.database.value(
        "select customer_id::text from partner_center.customers order by 1 limit 1"
    );
    const auto get = [&](const char* resource, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"get", resource, "--customer", id});
        const Outcome outcome = installation.call(more);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        return outcome;
    };
    const Outcome unread = get("subscriptions");
    EXPECT_THAT(unread.out, IsEmpty());
    EXPECT_THAT(unread.err, HasSubstr("the mirror has no subscriptions of customer " + id + "\n"));
    EXPECT_THAT(
        unread.err,
        HasSubstr("hint: they were never read; run: pcmirror sync subscriptions --customer " + id)
    );
    EXPECT_EQ(get("subscriptions", {"--json"}).out, "[]\n");
    EXPECT_THAT(
        get("user_licenses", {"--live"}).err, HasSubstr("pcmirror sync users --customer " + id)
    );

    installation.simulator.control("POST", "/change", {{"empty_customer", id}});
    ASSERT_EQ(installation.call({"sync", "subscriptions"}).exit_code, 0);
    const Outcome none = get("subscriptions");
    EXPECT_THAT(none.err, HasSubstr("the mirror has no subscriptions of customer " + id));
    EXPECT_THAT(none.err, Not(HasSubstr("hint")));
    EXPECT_THAT(
        get("subscriptions", {"--live"}).err,
        HasSubstr("the API has no subscriptions of customer " + id + "\n")
    );
}

TEST(Get, SaysWhyTheApiDoesNotAnswer) {
    const Installation installation({.simulator = {"--customers", "5"}});
    ASSERT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
    const std::string first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    installation.fault({{"fault", "refuse"}, {"customer", first}});
    const Outcome outcome =
        installation.call({"get", "subscriptions", "--customer", first, "--live"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("403"));
}

TEST(Get, PrintsSeveralCustomersInOneGo) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const auto two = installation.database.rows(
        "select customer_id::text, min(domain), count(*) from partner_center.customers "
        "join partner_center.subscriptions using (customer_id) group by 1 order by 1 limit 2"
    );
    ASSERT_THAT(two, SizeIs(2));
    const auto count = std::stoul(*two[0][2]) + std::stoul(*two[1][2]);
    for (const std::string flag : {"", "--live"}) {
        std::vector<std::string> words{
            "get", "subscriptions", "--customer", *two[0][0], "--customer", *two[1][1]};
        words.insert(words.end(), {"--customer", *two[0][1]}); // the first one again
        if (!flag.empty())
            words.push_back(flag);
        const nlohmann::json rows = installation.json(words);
        ASSERT_THAT(rows, SizeIs(count)) << flag;
        EXPECT_EQ(rows.front()["customer_id"], *two[0][0]) << flag;
        EXPECT_EQ(rows.back()["customer_id"], *two[1][0]) << flag;
    }
    installation.fault({{"fault", "refuse"}, {"customer", *two[0][0]}});
    const Outcome one_refused = installation.call(
        {"get", "subscriptions", "--live", "--customer", *two[0][0], "--customer", *two[1][0]}
    );
    EXPECT_EQ(one_refused.exit_code, 1);
    EXPECT_THAT(one_refused.err, HasSubstr("subscriptions of customer " + *two[0][0] + ": 403"));
    EXPECT_THAT(one_refused.out, HasSubstr(*two[1][0])) << "one refusal must not hide the other";
}

TEST(Get, PrintsTheLinkThatInvitesCustomers) {
    Installation installation;
    const Outcome text = installation.call({"get", "relationship_request"});
    EXPECT_EQ(text.exit_code, 0) << text.err;
    EXPECT_THAT(text.out, StartsWith("https://"));
    EXPECT_THAT(text.out, HasSubstr("invType=ResellerRelationship&partnerId="));
    EXPECT_EQ(
        installation.json({"get", "relationship_request"})["url"].get<std::string>() + '\n',
        text.out
    );

    const Outcome of_customer =
        installation.call({"get", "relationship_request", "--customer", "contoso.com"});
    EXPECT_EQ(of_customer.exit_code, 2);
    EXPECT_THAT(of_customer.err, HasSubstr("leave --customer out"));

    installation.fault({{"fault", "refuse"}});
    const Outcome refused = installation.call({"get", "relationship_request"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("reading the relationship request: 403"));

    installation.configure({{"partner_center", {{"auth", "app_only"}}}});
    const Outcome app_only = installation.call({"get", "relationship_request"});
    EXPECT_EQ(app_only.exit_code, 2);
    EXPECT_THAT(app_only.err, HasSubstr("needs a user's sign-in"));
}

TEST(Get, WantsACustomer) {
    const Installation installation;
    const Outcome outcome = installation.call({"get", "subscriptions"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--customer is missing"));
}

TEST(Customers, AreFoundByIdDomainAndBeginningOfTheName) {
    const Installation installation({.simulator = {"--customers", "30"}});
    ASSERT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
    const auto row = installation.database.rows(
        "select customer_id::text, domain, company_name from partner_center.customers "
        "order by length(company_name) desc nulls last, customer_id limit 1"
    )[0];
    const std::string name = *row[2];
    for (const std::string flag : {"", "--live"}) {
        const auto find = [&](const std::string& text) {
            std::vector<std::string> words{"customers", text};
            if (!flag.empty())
                words.push_back(flag);
            return installation.json(words);
        };
        for (const std::string& text : {*row[0], *row[1], name}) {
            const nlohmann::json found = find(text);
            ASSERT_FALSE(found.empty()) << text << ' ' << flag;
            EXPECT_EQ(found[0]["customer_id"], *row[0]) << text << ' ' << flag;
        }
        EXPECT_THAT(find("no such company anywhere"), SizeIs(0));
    }
    EXPECT_THAT(installation.call({"customers", *row[1]}).out, HasSubstr(name));
}

TEST(Customers, TellARefusalAndABadRecordFromNobody) {
    const Installation installation({.simulator = {"--customers", "5"}});
    const std::string first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    const auto look_up = [&](const nlohmann::json& fault) {
        installation.end_faults();
        installation.fault(fault);
        return installation.call({"customers", first, "--live"});
    };
    const Outcome refused = look_up({{"fault", "refuse"}, {"code", 900}});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("403 (code 900)"));
    EXPECT_THAT(refused.err, Not(HasSubstr("no customer has")));

    for (const char* answer : {"refuse", "not_found"}) {
        const Outcome nobody = look_up({{"fault", answer}});
        EXPECT_EQ(nobody.exit_code, 0) << nobody.err;
        EXPECT_THAT(nobody.err, HasSubstr("no customer has"));
        EXPECT_THAT(nobody.out, IsEmpty());
    }
    const Outcome bad = look_up(
        {{"fault", "status"}, {"status", 200}, {"body", R"({"id":"no guid","companyProfile":{}})"}}
    );
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.err, HasSubstr("1 record left out: can't be read"));
    EXPECT_THAT(bad.err, Not(HasSubstr("no customer has")));
}

TEST(Customers, WantSomethingToLookFor) {
    const Installation installation;
    for (const char* text : {"", "\xff"}) {
        const Outcome outcome = installation.call({"customers", text});
        EXPECT_EQ(outcome.exit_code, 2);
        EXPECT_THAT(outcome.err, HasSubstr("TEXT is "));
    }
}

} // namespace
} // namespace pcmirror::testing
