#include "tests/process/commands_installation.hpp"
#include "tests/support/engine_fixture.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Sync, MirrorsParentsThenChildrenAndSumsUp) {
    const Installation installation({.content = Content::empty, .everything = true});
    const Outcome outcome = installation.call({"sync"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("resource         seen  inserted  updated"));
    EXPECT_THAT(outcome.out, HasSubstr("0 failed, 0 refused, 0 held\n"));
    std::size_t before = 0;
    for (const char* resource :
         {"customers", "subscriptions", "users", "subscribed_skus", "user_licenses"}) {
        const std::size_t at = outcome.out.find(std::string("\n") + resource);
        EXPECT_GT(at, before) << resource;
        EXPECT_NE(at, std::string::npos) << resource;
        before = at;
        EXPECT_EQ(
            mirrored(installation.database, resource), truth(installation.simulator, resource)
        );
    }

    const nlohmann::json again = installation.json({"sync"});
    EXPECT_EQ(again["ok"], true);
    for (const auto& resource : again["resources"]) {
        EXPECT_EQ(resource["scopes_unchanged"], resource["scopes"]);
        EXPECT_EQ(resource["updated"], 0);
    }
}

TEST(Sync, NarrowsToNamedCustomersByIdAndDomain) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
    const auto two = installation.database.rows(
        "select customer_id::text, domain from partner_center.customers order by 1 limit 2"
    );
    const nlohmann::json narrowed =
        installation.json({"sync", "--customer", *two[0][0], "--customer", *two[1][1]});
    ASSERT_EQ(narrowed["resources"].size(), 1U) << "the customer list is no child resource";
    EXPECT_EQ(narrowed["resources"][0]["resource"], "subscriptions");
    EXPECT_EQ(narrowed["resources"][0]["scopes"], 2);
    const auto whole = installation.json({"sync", "customers", "--customer", *two[0][0]});
    EXPECT_EQ(whole["resources"][0]["seen"], 12);
}

TEST(Sync, RefusesWhatItDoesNotKnowAndDoesNothing) {
    const Installation installation;
    const Outcome resource = installation.call({"sync", "custmers"});
    EXPECT_EQ(resource.exit_code, 2);
    EXPECT_THAT(resource.out, IsEmpty());
    EXPECT_THAT(resource.err, HasSubstr("unknown resource \"custmers\"\nhint: did you mean"));

    const Outcome customer = installation.call({"sync", "--customer", "nobody.example"});
    EXPECT_EQ(customer.exit_code, 2);
    EXPECT_THAT(customer.err, HasSubstr("the mirror has no customer"));

    const Outcome deletes = installation.call({"sync", "--allow-deletes"});
    EXPECT_EQ(deletes.exit_code, 2);
    EXPECT_EQ(installation.database.number("select count(*) from pcmirror.sync_runs"), 0);
}

TEST(Sync, RefusesWhatIsReadByWhatWasNeverRead) {
    const Installation installation({.everything = true});
    const Outcome nothing = installation.call({"sync", "subscriptions"});
    EXPECT_EQ(nothing.exit_code, 2);
    EXPECT_THAT(nothing.err, HasSubstr("subscriptions can't be read: customers were never read"));
    EXPECT_THAT(nothing.err, HasSubstr("run: pcmirror sync customers subscriptions\n"));

    ASSERT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
    const Outcome licenses = installation.call({"sync", "user_licenses"});
    EXPECT_EQ(licenses.exit_code, 2);
    EXPECT_THAT(licenses.err, HasSubstr("user_licenses can't be read: users were never read"));
    EXPECT_THAT(
        licenses.err, HasSubstr("run: pcmirror sync users subscribed_skus user_licenses\n")
    );
    EXPECT_EQ(installation.database.number("select count(*) from pcmirror.sync_runs"), 1);
    EXPECT_EQ(installation.call({"sync", "users", "user_licenses"}).exit_code, 0);
}

TEST(Sync, DryRunAsksNothingOfCustomersThatItSawLeave) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const std::string first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    installation.simulator.control("POST", "/change", {{"remove_customer", first}});

    const Outcome dry = installation.call({"sync", "--dry-run"});

    EXPECT_EQ(dry.exit_code, 0) << dry.err;
    EXPECT_THAT(dry.out, HasSubstr(first));
    EXPECT_EQ(installation.call({"sync"}).exit_code, 0);
}

TEST(Sync, DryRunSaysWhereLicensesAreJudgedByWhatChanges) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    std::vector<std::string> sync{"sync", "users", "subscribed_skus", "user_licenses"};
    ASSERT_EQ(installation.call(sync).exit_code, 0);
    sync.emplace_back("--dry-run");
    EXPECT_THAT(installation.call(sync).out, Not(HasSubstr("asked and judged")));
    const std::string first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    installation.simulator.control("POST", "/change", {{"add_users", {first, 2}}});

    EXPECT_THAT(
        installation.call(sync).out,
        HasSubstr("user_licenses: asked and judged by what is mirrored of users")
    );
}

TEST(Sync, DryRunPrintsChangesAndWritesNothing) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const auto first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    installation.simulator.control(
        "POST", "/change", {{"rename_customer", {first, "Renamed Ltd"}}}
    );
    const long long runs = installation.database.number("select count(*) from pcmirror.sync_runs");

    const Outcome dry = installation.call({"sync", "--dry-run"});
    EXPECT_EQ(dry.exit_code, 0) << dry.err;
    EXPECT_THAT(dry.out, HasSubstr("Renamed Ltd"));
    EXPECT_THAT(dry.out, HasSubstr("dry run, nothing was written"));
    const auto json = installation.json({"sync", "customers", "--dry-run"});
    EXPECT_EQ(json["resources"][0]["changes"][0]["new"]["company_name"], "Renamed Ltd");

    EXPECT_EQ(installation.database.number("select count(*) from pcmirror.sync_runs"), runs);
    EXPECT_EQ(
        installation.database.number(
            "select count(*) from partner_center.customers where company_name = 'Renamed Ltd'"
        ),
        0
    );
}

TEST(Sync, NamesScopesThatFailedAndExitsOne) {
    const Installation installation(
        {.simulator = {"--customers", "6"}, .settings = {{"partner_center", {{"max_attempts", 1}}}}}
    );
    ASSERT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
    const std::string first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    installation.fault({{"fault", "not_found"}, {"customer", first}});
    const Outcome outcome = installation.call({"sync"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("1 failed, 0 refused, 0 held"));
    EXPECT_THAT(outcome.err, HasSubstr("failed   subscriptions of customer " + first + ": "));
}

TEST(Sync, ToleratesRefusedCustomersOnRequest) {
    const Installation installation({.simulator = {"--customers", "6"}});
    ASSERT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
    const std::string first =
        installation.simulator.control("GET", "/world")["examples"]["first_customer"];
    installation.fault({{"fault", "refuse"}, {"customer", first}});
    const Outcome strict = installation.call({"sync"});
    EXPECT_EQ(strict.exit_code, 1);
    EXPECT_THAT(strict.err, HasSubstr("refused  subscriptions of customer " + first));
    EXPECT_EQ(installation.call({"sync", "--tolerate-refused"}).exit_code, 0);
}

TEST(Sync, GoesOnWhereItStoppedWithMaxAge) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const auto json = installation.json({"sync", "--max-age", "1h"});
    for (const auto& resource : json["resources"]) {
        EXPECT_EQ(resource["requests"], 0) << resource;
        EXPECT_GT(resource["scopes_skipped"], 0) << resource;
    }
    const long long scopes =
        installation.database.number("select count(*) from pcmirror.sync_scopes");
    const std::string skipped =
        std::to_string(scopes) + " scopes verified within the last 1h were skipped\n";
    EXPECT_THAT(installation.call({"sync", "--max-age", "1h"}).out, HasSubstr(skipped));
    EXPECT_THAT(
        installation.call({"sync", "--max-age", "1h", "--dry-run"}).out, HasSubstr(skipped)
    );
    EXPECT_THAT(installation.call({"sync"}).out, Not(HasSubstr("skipped")));
}

TEST(Sync, ExitsFourWhereTheCredentialsAreRefused) {
    const Installation installation;
    installation.fault({{"fault", "token_error"}, {"aadsts", 70008}});
    const Outcome outcome = installation.call({"sync"});
    EXPECT_EQ(outcome.exit_code, 4) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("hint: "));
    EXPECT_THAT(outcome.err, Not(HasSubstr(installation.simulator.fact("client_secret"))));
    EXPECT_THAT(outcome.err, Not(HasSubstr(installation.simulator.fact("refresh_token"))));
}

TEST(Sync, ExitsThreeWhereTheDatabaseIsOutOfReachOrNotMigrated) {
    Installation installation({.content = Content::empty});
    installation.configure({{"database", {{"migrate_on_start", false}}}});
    const Outcome behind = installation.call({"sync"});
    EXPECT_EQ(behind.exit_code, 3);
    EXPECT_THAT(behind.err, HasSubstr("pcmirror migrate"));
    const Outcome dry = installation.call({"sync", "--dry-run"});
    EXPECT_EQ(dry.exit_code, 3) << "a dry run migrates nothing";

    installation.configure({{"database", {{"url", "host=/nowhere dbname=x"}}}});
    const Outcome gone = installation.call({"sync"});
    EXPECT_EQ(gone.exit_code, 3);
    EXPECT_THAT(gone.err, HasSubstr("/nowhere"));
}

TEST(Sync, GivesBackAndSaysWhatWasDoneWhenInterrupted) {
    const Installation installation(
        {.simulator = {"--customers", "40"}, .settings = {{"partner_center", {{"concurrency", 1}}}}}
    );
    ASSERT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
    installation.fault({{"fault", "hang"}, {"path", "/subscriptions"}, {"after", 5}});
    Process sync(installation.words({"sync", "subscriptions"}));
    while (installation.database.number("select count(*) from pcmirror.sync_scopes where "
                                        "resource = 'subscriptions' and state = 'ok' and "
                                        "last_success_at is not null") < 3)
        ASSERT_TRUE(sync.running()) << sync.err();
    sync.signal(SIGINT);
    const Outcome outcome = sync.wait();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("subscriptions ended early"));
    EXPECT_THAT(outcome.err, HasSubstr("subscriptions: interrupted"));
    EXPECT_EQ(
        installation.database.number(
            "select count(*) from pcmirror.sync_scopes where lease_daemon is not null"
        ),
        0
    );
    EXPECT_EQ(
        installation.database.value("select outcome from pcmirror.sync_runs order by run_id desc"),
        "cancelled"
    );
}

TEST(Sync, StopsAtOnceInWhicheverResourceItIs) {
    for (const int number : {SIGTERM, SIGHUP}) {
        const Installation installation({.settings = {{"shutdown_grace", "1h"}}});
        installation.fault({{"fault", "hang"}, {"path", "/subscriptions"}});
        Process sync(installation.words({"sync", "customers", "subscriptions"}));
        while (installation.database.number("select count(*) from pcmirror.sync_scopes where "
                                            "resource = 'subscriptions' and lease_daemon > 0") == 0)
            ASSERT_TRUE(sync.running()) << sync.err();
        sync.signal(number);
        const Outcome outcome = sync.wait();
        EXPECT_EQ(outcome.exit_code, 1);
        EXPECT_THAT(outcome.out, HasSubstr("subscriptions ended early"));
        EXPECT_EQ(
            installation.database.number("select count(*) from pcmirror.sync_scopes where "
                                         "lease_daemon is not null"),
            0
        );
        EXPECT_EQ(
            installation.database.value("select string_agg(outcome, ' ' order by run_id) "
                                        "from pcmirror.sync_runs"),
            "ok cancelled"
        );
    }
}

TEST(Sync, ShowsPlainProgressWithoutTerminal) {
    const Installation installation;
    const Outcome outcome = installation.call({"sync"});
    EXPECT_THAT(outcome.err, Not(HasSubstr("\x1b")));
    EXPECT_THAT(outcome.err, Not(HasSubstr("\r")));
}

TEST(Sync, DoesNotMindAClosedReader) {
    const Installation installation;
    std::string command;
    for (const std::string& word : installation.words({"sync"}))
        command += " '" + word + "'";
    const Outcome outcome =
        run({"/bin/bash", "-c", "{" + command + "; echo exit $? >&2; } | true"});
    EXPECT_THAT(outcome.err, HasSubstr("exit 0"));
    const Outcome closed = run({"/bin/bash", "-c", command + " >&-; echo exit $? >&2"});
    EXPECT_THAT(closed.err, HasSubstr("exit 0"));
}

TEST(Sync, ReleasesDeletesOfTheCustomerListAsAWholeOnly) {
    const Installation installation;
    const Outcome outcome =
        installation.call({"sync", "customers", "--allow-deletes", "--customer", "contoso.com"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--customer does not narrow the held deletes of customers"));
}

TEST(Sync, NamesWhatBrokeItOff) {
    const Installation installation;
    installation.fault({{"fault", "refuse"}, {"path", "^/v1/customers"}});
    const Outcome outcome = installation.call({"sync"});
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(outcome.err, HasSubstr("failed   customers: "));
    EXPECT_THAT(outcome.err, Not(HasSubstr("and 1 more")));
    const nlohmann::json json = installation.json({"sync"});
    EXPECT_EQ(json["resources"][0]["troubles"].size(), 1U) << json;
}

TEST(Sync, FillsABudgetThatARestoreLeftOut) {
    const Installation installation;
    installation.database.execute("delete from pcmirror.request_budget");
    EXPECT_EQ(installation.call({"sync"}).exit_code, 0);
    EXPECT_EQ(installation.database.number("select count(*) from pcmirror.request_budget"), 1);
}

} // namespace
} // namespace pcmirror::testing
