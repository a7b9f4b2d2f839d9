#include "tests/places/places.hpp"
#include "tests/process/commands_installation.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Usage, GoesToStderrWithTheCommandToTry) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{}, {"synk"}, {"sync", "--bogus"}, {"get"}}) {
        std::vector<std::string> command = words;
        command.insert(command.begin(), places::program);
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

TEST(Plan, CountsRequestsAtTheCurrentRows) {
    const Installation installation({.simulator = {"--customers", "12"}});
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const nlohmann::json plan = installation.json({"plan"});
    EXPECT_EQ(plan["holds"], true);
    EXPECT_EQ(plan["resources"][0]["requests"], 1);
    EXPECT_EQ(plan["resources"][1]["requests"], 12);
}

TEST(Plan, PredictsWhatAPassAsks) {
    const Installation installation(
        {.simulator = {"--customers", "4", "--users", "15", "--big-users", "1200"},
         .everything = true}
    );
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const nlohmann::json plan = installation.json({"plan"})["resources"];
    installation.database.execute(
        "update pcmirror.row_reads set rolled_at = rolled_at - interval '6 hours'"
    );

    const nlohmann::json passes = installation.json({"sync"})["resources"];

    ASSERT_EQ(plan.size(), passes.size());
    for (std::size_t at = 0; at < plan.size(); ++at) {
        const double predicted = plan[at]["requests"];
        const double asked = passes[at]["requests"];
        EXPECT_NEAR(predicted, asked, asked / 10) << passes[at]["resource"];
        EXPECT_EQ(plan[at]["first_requests"], 0);
    }
}

TEST(Plan, SaysWhatIsNotKnownYetAndWhatComesOnlyOnce) {
    Installation installation(
        {.simulator = {"--customers", "2", "--big-users", "120"}, .everything = true}
    );
    const Outcome nothing = installation.call({"plan"});
    EXPECT_EQ(nothing.exit_code, 0) << nothing.err;
    EXPECT_THAT(
        nothing.out,
        HasSubstr("not known yet: subscriptions, users, subscribed_skus, "
                  "user_licenses; run: pcmirror sync customers\n")
    );
    EXPECT_EQ(installation.json({"plan"})["resources"][2]["requests"], nullptr);

    ASSERT_EQ(installation.call({"sync", "customers", "users", "subscribed_skus"}).exit_code, 0);
    const std::string users =
        *installation.database.value("select count(*)::text from partner_center.users");
    // So few requests that the first reading takes longer than the interval.
    installation.configure(
        {{"partner_center", {{"requests_per_minute", 30}}},
         {"schedules",
          {{"customers", {{"every", "1h"}}},
           {"users", {{"every", "1h"}}},
           {"subscribed_skus", {{"every", "1h"}}},
           {"user_licenses", {{"every", "2m"}, {"full_every", "7d"}}}}}}
    );
    const Outcome plan = installation.call({"plan"});
    EXPECT_EQ(plan.exit_code, 0) << plan.out;
    EXPECT_THAT(plan.out, HasSubstr("user_licenses first: " + users + " requests, "));
    const Outcome check = installation.call({"check"});
    EXPECT_THAT(check.out, HasSubstr("ok      schedules"));
    EXPECT_THAT(check.out, HasSubstr("user_licenses first: " + users + " requests, "));
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

TEST(Status, ShowsTheQueueWithItsPausesAndHeldJobs) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const std::string customer =
        *installation.database.value("select min(customer_id::text) from partner_center.customers");
    EXPECT_THAT(
        installation.call({"status"}).out,
        HasSubstr("\nqueue: 0 queued, 0 running; within a day none ended\n")
    );
    for (const char* after : {"2020-01-01", "2999-01-01", "2020-01-01", "2020-01-01"})
        ASSERT_EQ(
            installation
                .call(
                    {"job",
                     "add",
                     "update_billing_profile",
                     "--customer",
                     customer,
                     "--set",
                     "email=a@b.example",
                     "--after",
                     after}
                )
                .exit_code,
            0
        );
    ASSERT_EQ(installation.call({"job", "cancel", "4"}).exit_code, 0);
    installation.database.execute(
        "update pcmirror.jobs set created_at = now() - interval '2 hours' where job_id = 1;"
        "update pcmirror.jobs set held_at = now() where job_id = 3"
    );
    ASSERT_EQ(installation.call({"job", "pause", "--customer", customer}).exit_code, 0);

    const Outcome status = installation.call({"status"});
    EXPECT_EQ(status.exit_code, 0) << "jobs that wait make no data stale";
    EXPECT_THAT(
        status.out,
        HasSubstr("queue: 3 queued (1 due, 1 later, 1 held), 0 running; the oldest waits for 2h; "
                  "within a day 1 cancelled\n")
    );
    EXPECT_THAT(status.out, HasSubstr("paused: jobs of customer " + customer));
    EXPECT_THAT(status.out, HasSubstr("held: "));
    const nlohmann::json queue = installation.json({"status"})["queue"];
    EXPECT_EQ(queue["queued"], 3);
    EXPECT_EQ(queue["within_a_day"]["cancelled"], 1);
    EXPECT_EQ(queue["pauses"][0]["customer_id"], customer);
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

TEST(Status, WatchesOnlyAsLongAsSomebodyReads) {
    const Installation installation;
    const Outcome outcome = run(
        {"/bin/sh",
         "-c",
         std::string(places::program) + " status --watch --config " + installation.config.string() +
             " | head -n 1"}
    );
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("resource"));
}

TEST(Status, WatchesUntilInterrupted) {
    const Installation installation;
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    Process watch(installation.words({"status", "--watch"}));
    ASSERT_TRUE(watch.await_out("subscriptions"));
    watch.signal(SIGINT);
    EXPECT_EQ(watch.wait().exit_code, 0);
}

TEST(Resources, PrintCatalogueAndDrafts) {
    const Outcome table = run({places::program, "resources"});
    EXPECT_EQ(table.exit_code, 0);
    EXPECT_THAT(table.out, HasSubstr("GET /v1/customers/{customer_id}/subscriptions"));
    const Outcome ddl = run({places::program, "resources", "--ddl", "customers"});
    EXPECT_THAT(ddl.out, HasSubstr("create table partner_center.customers"));
    EXPECT_EQ(run({places::program, "resources", "--ddl", "custmers"}).exit_code, 2);
}

} // namespace
} // namespace pcmirror::testing
