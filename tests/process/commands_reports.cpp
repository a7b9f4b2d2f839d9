#include "tests/process/commands_installation.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Usage, GoesToStderrWithTheCommandToTry) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{}, {"synk"}, {"sync", "--bogus"}, {"get"}}) {
        std::vector<std::string> command = words;
        command.insert(command.begin(), PCMIRROR_BINARY);
        const Outcome outcome = run(command);
        EXPECT_EQ(outcome.exit_code, 2);
        EXPECT_THAT(outcome.out, IsEmpty());
        EXPECT_THAT(outcome.err, HasSubstr("hint: "));
        EXPECT_THAT(outcome.err, HasSubstr("pcmirror"));
    }
}

TEST(Usage, AConfigurationErrorNamesEveryProblem) {
    Installation installation;
    installation.configure({{"schedules", {{"custmers", {{"every", "1h"}}}}}, {"logg", 1}});
    const Outcome outcome = installation.call({"sync"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("custmers"));
    EXPECT_THAT(outcome.err, HasSubstr("logg"));
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_EQ(installation.call({"check", "--config-only"}).exit_code, 2);
    const Outcome check = installation.call({"check"});
    EXPECT_EQ(check.exit_code, 1);
    EXPECT_THAT(check.out, HasSubstr("FAILED  configuration"));
}

TEST(Check, FindsAllWell) {
    const Installation installation;
    const Outcome outcome = installation.call({"check"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
    EXPECT_THAT(outcome.out, Not(HasSubstr("FAILED")));
    for (const char* probe : {"state directory", "database", "schema", "sign-in as user", "api"})
        EXPECT_THAT(outcome.out, HasSubstr(std::string("ok      ") + probe));
    EXPECT_EQ(installation.call({"check", "--config-only"}).exit_code, 0);
}

TEST(Check, FindsAnEmptyDatabaseReadyToBeMigrated) {
    const Installation installation({.content = Content::empty});
    const Outcome outcome = installation.call({"check"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr("migrations pending"));
}

TEST(Check, PrintsEveryProblemNotOnlyTheFirst) {
    Installation installation;
    installation.configure(
        {{"database", {{"url", "host=/nowhere dbname=x"}}}, {"state_directory", "/nowhere/at/all"}}
    );
    installation.fault({{"fault", "token_error"}, {"aadsts", 7000215}});
    const Outcome outcome = installation.call({"check"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("FAILED  state directory"));
    EXPECT_THAT(outcome.out, HasSubstr("FAILED  database"));
    EXPECT_THAT(outcome.out, HasSubstr("FAILED  sign-in as user"));
    const nlohmann::json json = installation.json({"check"});
    EXPECT_EQ(json["ok"], false);
}

TEST(Check, FindsSchedulesThatTheBudgetCanNotServe) {
    Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    installation.configure(
        {{"partner_center", {{"requests_per_minute", 60}}},
         {"schedules", {{"subscriptions", {{"every", "1s"}}}}}}
    );
    const Outcome check = installation.call({"check"});
    EXPECT_EQ(check.exit_code, 1);
    EXPECT_THAT(check.out, HasSubstr("FAILED  schedules"));
    const Outcome plan = installation.call({"plan"});
    EXPECT_EQ(plan.exit_code, 1);
    EXPECT_THAT(plan.out, HasSubstr("subscriptions would hold every"));
}

TEST(Plan, CountsRequestsAtTheCurrentRows) {
    const Installation installation({.simulator = {"--customers", "12"}});
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const nlohmann::json plan = installation.json({"plan"});
    EXPECT_EQ(plan["holds"], true);
    EXPECT_EQ(plan["resources"][0]["requests"], 1);
    EXPECT_EQ(plan["resources"][1]["requests"], 12);
}

TEST(Migrate, AppliesListsAndIsDoneOnce) {
    const Installation installation({.content = Content::empty});
    const Outcome dry = installation.call({"migrate", "--dry-run"});
    EXPECT_THAT(dry.out, HasSubstr("create table partner_center.customers"));
    EXPECT_EQ(
        installation.database.number("select count(*) from pg_namespace where nspname = 'pcmirror'"
        ),
        0
    );
    EXPECT_THAT(installation.call({"migrate", "--status"}).out, HasSubstr("pending"));
    const Outcome first = installation.call({"migrate"});
    EXPECT_EQ(first.exit_code, 0) << first.err;
    EXPECT_THAT(first.out, HasSubstr("applied 0001_engine\n"));
    EXPECT_EQ(
        installation.database.value(
            "select obj_description('partner_center.customers'::regclass, 'pg_class')"
        ),
        "customers of the partner, as the customer list tells them"
    );
    EXPECT_THAT(installation.call({"migrate"}).out, HasSubstr("up to date"));
    EXPECT_EQ(installation.json({"migrate", "--status"})["current"], true);

    installation.database.execute(
        "insert into pcmirror.schema_migrations (version, name, checksum) values (999, "
        "'0999_future', 'x')"
    );
    EXPECT_EQ(installation.call({"migrate", "--status"}).exit_code, 3);
    EXPECT_EQ(installation.call({"sync"}).exit_code, 3);
}

TEST(Status, TellsFreshFromStaleFromNeverRead) {
    const Installation installation;
    const Outcome never = installation.call({"status"});
    EXPECT_EQ(never.exit_code, 1);
    EXPECT_THAT(never.out, HasSubstr("never"));
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);

    const nlohmann::json fresh = installation.json({"status"});
    EXPECT_EQ(fresh["fresh"], true);
    EXPECT_EQ(fresh["resources"][0]["rows"], 12);
    EXPECT_THAT(fresh["daemons"], SizeIs(0));
    EXPECT_EQ(installation.call({"status"}).exit_code, 0);

    installation.database.execute(
        "update pcmirror.sync_scopes set last_success_at = now() - interval '4 hours' where "
        "scope_id = (select max(scope_id) from pcmirror.sync_scopes where resource = "
        "'subscriptions')"
    );
    const Outcome stale = installation.call({"status"});
    EXPECT_EQ(stale.exit_code, 1) << "one old scope makes a resource old";
    EXPECT_THAT(stale.out, HasSubstr("4h STALE"));

    installation.database.execute(
        "update pcmirror.sync_scopes set state = 'refused' where last_success_at < now() - "
        "interval '1 hour'"
    );
    EXPECT_EQ(installation.call({"status"}).exit_code, 0) << "a refused scope has no age";
}

TEST(Status, PartnerWithoutCustomersIsFresh) {
    const Installation installation({.simulator = {"--customers", "0"}});
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const Outcome status = installation.call({"status"});
    EXPECT_EQ(status.exit_code, 0) << status.out;
}

TEST(Status, ExitsThreeWithoutDatabase) {
    Installation installation;
    installation.configure({{"database", {{"url", "host=/nowhere dbname=x"}}}});
    EXPECT_EQ(installation.call({"status"}).exit_code, 3);
}

TEST(Status, WatchesUntilInterrupted) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    Process watch(installation.words({"status", "--watch"}));
    ASSERT_TRUE(watch.await_out("subscriptions"));
    watch.signal(SIGINT);
    EXPECT_EQ(watch.wait().exit_code, 0);
}

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

TEST(Resources, PrintCatalogueAndDrafts) {
    const Outcome table = run({PCMIRROR_BINARY, "resources"});
    EXPECT_EQ(table.exit_code, 0);
    EXPECT_THAT(table.out, HasSubstr("GET /v1/customers/{customer_id}/subscriptions"));
    const Outcome ddl = run({PCMIRROR_BINARY, "resources", "--ddl", "customers"});
    EXPECT_THAT(ddl.out, HasSubstr("create table partner_center.customers"));
    EXPECT_EQ(run({PCMIRROR_BINARY, "resources", "--ddl", "custmers"}).exit_code, 2);
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

} // namespace
} // namespace pcmirror::testing
