#include "tests/process/commands_installation.hpp"

#include <csignal>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <pqxx/pqxx>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// A daemon that polls once, and does jobs.
class RunWithJobs : public ::testing::Test {
  protected:
    static json settings(const json& operations) {
        const json once = {{"every", "1h"}};
        return {
            {"schedules", {{"customers", once}, {"subscriptions", once}, {"users", once}}},
            {"write_back", {{"enabled", true}, {"operations", operations}}}};
    }

    /// Starts it, and waits until everything is mirrored.
    void start() { start(settings({"update_user", "update_subscription.friendly_name"})); }

    void start(const json& settings) {
        installation_.configure(settings);
        daemon_.emplace(installation_.words({"run"}));
        for (const auto& [resource, schedule] : settings.at("schedules").items())
            await(fmt::format(
                "select count(*) > 0 from pcmirror.sync_runs where resource = '{}' and outcome in "
                "('ok', 'partial')",
                resource
            ));
    }

    void stop() {
        daemon_->signal(SIGTERM);
        const Outcome outcome = daemon_->wait();
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    }

    void await(const std::string& condition) {
        while (installation_.database.value(condition) != "t")
            ASSERT_TRUE(daemon_->running()) << daemon_->err();
    }

    [[nodiscard]] std::string value(const std::string& sql) const {
        return installation_.database.value(sql).value_or("");
    }

    [[nodiscard]] long long
    enqueue(const std::string& operation, const std::string& customer, const json& payload) const {
        return installation_.database.number(fmt::format(
            "select pcmirror.enqueue_job('{}', '{}', $json${}$json$)",
            operation,
            customer,
            payload.dump()
        ));
    }

    [[nodiscard]] long long rename_a_user() const {
        const std::string user = value("select user_id from partner_center.users where state = "
                                       "'active' order by user_id limit 1");
        return enqueue(
            "update_user",
            value("select customer_id from partner_center.users where user_id = '" + user + "'"),
            {{"user_id", user}, {"display_name", "Renamed"}}
        );
    }

    static json with_licenses(json settings) {
        for (const char* resource : {"subscribed_skus", "user_licenses"})
            settings["schedules"][resource] = {{"every", "1h"}};
        return settings;
    }

    /// What it makes due at once are the customer's SKUs, whose counters it moves.
    [[nodiscard]] long long assign_a_license() const {
        const auto rows = installation_.database.rows(
            "select u.customer_id::text, u.user_id::text, s.sku_id from partner_center.users u "
            "join partner_center.subscribed_skus s using (customer_id) "
            "where u.state = 'active' and u.usage_location is not null and s.target_type = 'User' "
            "and s.license_group_id = 'group1' and s.available_units > 0 and not exists ("
            "select from partner_center.user_licenses l where l.customer_id = u.customer_id "
            "and l.user_id = u.user_id and l.sku_id = s.sku_id) order by 1, 2, 3 limit 1"
        );
        return enqueue(
            "assign_licenses",
            *rows.at(0)[0],
            {{"user_id", *rows[0][1]}, {"licenses_to_assign", {{{"sku_id", *rows[0][2]}}}}}
        );
    }

    static constexpr const char* polled_since_the_job =
        "select coalesce(s.last_attempt_at > j.answered_at, false) from pcmirror.sync_scopes s "
        "join pcmirror.write_jobs j using (customer_id) where s.resource = 'subscribed_skus'";

    [[nodiscard]] long long effects(const std::string& operation) const {
        return installation_.simulator.control("GET", "/effects?operation=" + operation)
            .at("count");
    }

    [[nodiscard]] std::string state_of(long long job) const {
        return value(fmt::format("select state from pcmirror.write_jobs where job_id = {}", job));
    }

    Installation installation_;
    std::optional<Process> daemon_;
};

TEST_F(RunWithJobs, WaitsForTheAnswerOfWhatItHasSentBeforeItStops) {
    start();
    installation_.fault(
        {{"fault", "slow_first_byte"}, {"milliseconds", 1500}, {"operation", "update_user"}}
    );
    const long long job = rename_a_user();
    while (effects("update_user") == 0)
        ASSERT_TRUE(daemon_->running()) << daemon_->err();
    stop();
    EXPECT_EQ(state_of(job), "succeeded");
    EXPECT_EQ(value("select attempts from pcmirror.write_jobs"), "1");
    EXPECT_EQ(value("select confirmed from pcmirror.write_jobs"), "t");
}

TEST_F(RunWithJobs, LeavesToTheNextOneWhatTheMirrorDoesNotShowYet) {
    installation_.simulator.control(
        "POST", "/switches", {{"accepted", "all"}, {"accepted_lag", 0}}
    );
    start();
    const std::string subscription = value("select subscription_id from "
                                           "partner_center.subscriptions where status = 'active' "
                                           "order by subscription_id limit 1");
    const long long job = enqueue(
        "update_subscription",
        value(
            "select customer_id from partner_center.subscriptions where subscription_id = '" +
            subscription + "'"
        ),
        {{"subscription_id", subscription}, {"friendly_name", "Renamed"}}
    );
    await("select answered_at is not null from pcmirror.write_jobs");
    stop();
    EXPECT_EQ(state_of(job), "queued");

    installation_.simulator.control("DELETE", "/holds");
    daemon_.emplace(installation_.words({"run"}));
    await("select finished_at is not null from pcmirror.write_jobs");
    stop();
    EXPECT_EQ(state_of(job), "succeeded");
    EXPECT_EQ(effects("update_subscription"), 1);
    EXPECT_EQ(
        value(
            "select friendly_name from partner_center.subscriptions where subscription_id = '" +
            subscription + "'"
        ),
        "Renamed"
    );
}

TEST_F(RunWithJobs, LeavesToTheNextOneWhatItCouldNotWriteForALock) {
    start();
    const std::string scopes = "pcmirror.sync_scopes where resource = 'users'";
    pqxx::connection somebody(installation_.database.secret_url().reveal());
    std::optional<pqxx::work> holds(somebody);
    holds->exec("select from " + scopes + " for update");
    const long long job = rename_a_user();
    await("select answered_at is not null from pcmirror.write_jobs");
    stop();
    EXPECT_EQ(state_of(job), "queued");
    holds.reset();

    daemon_.emplace(installation_.words({"run"}));
    await("select finished_at is not null from pcmirror.write_jobs");
    stop();
    EXPECT_EQ(state_of(job), "succeeded");
    EXPECT_EQ(value("select attempts from pcmirror.write_jobs"), "1");
    EXPECT_EQ(effects("update_user"), 1);
}

TEST_F(RunWithJobs, IsWokenByTheCommitThatQueuedAJob) {
    start();
    // An idle daemon asks by itself every 30 s at most, from the end of the last job on.
    for (int job = 0; job < 3; ++job) {
        static_cast<void>(rename_a_user());
        await("select bool_and(state = 'succeeded') from pcmirror.write_jobs");
    }
    EXPECT_EQ(
        value("select count(*) from pcmirror.write_jobs where started_at > created_at + interval "
              "'15 seconds'"),
        "0"
    );
    stop();
}

TEST_F(RunWithJobs, LeavesJobsAloneWhereWriteBackIsOff) {
    start();
    json settings = RunWithJobs::settings({"update_user"});
    settings["write_back"]["enabled"] = false;
    settings["schedules"]["customers"]["every"] = "1s";
    installation_.configure(settings);
    stop();
    const long long job = rename_a_user();
    daemon_.emplace(installation_.words({"run"}));
    await(fmt::format(
        "select exists (select from pcmirror.sync_runs where resource = 'customers' and outcome = "
        "'ok' and started_at > (select created_at from pcmirror.write_jobs where job_id = {}))",
        job
    ));
    EXPECT_EQ(state_of(job), "queued");
    settings["write_back"]["enabled"] = true;
    installation_.configure(settings);
    daemon_->signal(SIGHUP);
    await("select bool_and(state = 'succeeded') from pcmirror.write_jobs");
    stop();
}

TEST_F(RunWithJobs, GoesOnPollingBesideABulkOfJobs) {
    start();
    json settings = RunWithJobs::settings({"update_user"});
    settings["schedules"]["customers"]["every"] = "1s";
    // One at a time, so that whoever is preferred keeps the others waiting.
    settings["partner_center"]["concurrency"] = 1;
    installation_.configure(settings);
    stop();
    installation_.fault(
        {{"fault", "slow_first_byte"}, {"milliseconds", 10}, {"operation", "update_user"}}
    );
    daemon_.emplace(installation_.words({"run"}));
    installation_.database.execute(
        "select pcmirror.enqueue_job('update_user', u.customer_id, "
        "jsonb_build_object('user_id', u.user_id, 'display_name', 'Renamed ' || n)) "
        "from generate_series(1, 20) n, (select * from partner_center.users "
        "where state = 'active' order by user_id limit 20) u"
    );
    const std::string polled = "select min(finished_at) from pcmirror.sync_runs where resource = "
                               "'customers' and outcome = 'ok' and started_at > "
                               "(select min(created_at) from pcmirror.write_jobs)";
    await("select (" + polled + ") is not null");
    EXPECT_NE(
        value(
            "select count(*) from pcmirror.write_jobs where started_at is null or started_at > (" +
            polled + ")"
        ),
        "0"
    ) << "customers were polled only once all jobs were done";
    await("select bool_and(state = 'succeeded') from pcmirror.write_jobs");
    stop();
}

TEST_F(RunWithJobs, LetsAReloadSayWhatMayBeQueued) {
    start();
    const std::string allowed =
        "select allowed from pcmirror.operations where operation = 'delete_user'";
    EXPECT_EQ(value(allowed), "f");
    installation_.configure(settings({"update_user", "delete_user"}));
    daemon_->signal(SIGHUP);
    await(allowed);
    EXPECT_EQ(
        value("select allowed from pcmirror.operations where operation = 'update_subscription'"),
        "f"
    );
    const long long job = rename_a_user();
    await("select finished_at is not null from pcmirror.write_jobs");
    EXPECT_EQ(state_of(job), "succeeded") << "jobs are done after a reload as before";
    stop();
}

TEST_F(RunWithJobs, PollsAtOnceWhatAJobMadeDue) {
    start(with_licenses(settings({"assign_licenses"})));
    const long long job = assign_a_license();
    await("select finished_at is not null from pcmirror.write_jobs");
    EXPECT_EQ(state_of(job), "succeeded");
    await(polled_since_the_job);
    stop();
}

TEST_F(RunWithJobs, PollsAtOnceWhatAJobOfAnotherProcessMadeDue) {
    const json all = with_licenses(settings({"assign_licenses"}));
    json without_jobs = all;
    without_jobs["write_back"]["enabled"] = false;
    start(without_jobs);
    installation_.configure(all);
    const long long job = assign_a_license();
    const Outcome worked = installation_.call({"job", "work", "--until-empty"});
    EXPECT_EQ(worked.exit_code, 0) << worked.err;
    ASSERT_EQ(state_of(job), "succeeded");
    await(polled_since_the_job);
    stop();
    EXPECT_EQ(
        value("select count(*) from pcmirror.sync_runs where resource = 'subscribed_skus' and "
              "started_at > (select created_at from pcmirror.write_jobs) and scopes_ok <> 1"),
        "0"
    ) << "nobody else's are read";
}

TEST_F(RunWithJobs, PollsAtItsStartWhatWasMadeDueMeanwhile) {
    start(with_licenses(settings({"assign_licenses"})));
    stop();
    const long long job = assign_a_license();
    const Outcome worked = installation_.call({"job", "work", "--until-empty"});
    EXPECT_EQ(worked.exit_code, 0) << worked.err;
    EXPECT_EQ(state_of(job), "succeeded");
    daemon_.emplace(installation_.words({"run"}));
    await(polled_since_the_job);
    stop();
}

TEST_F(RunWithJobs, RemovesSecretsThatNobodyFetchedWhateverIsWrongWithTheHistory) {
    start();
    static_cast<void>(rename_a_user());
    await("select bool_and(state = 'succeeded') from pcmirror.write_jobs");
    stop();
    installation_.database.execute(
        "insert into pcmirror.job_secrets (job_id, field, value, of_answer, created_at) "
        "select job_id, 'answer', 'secret', true, now() - interval '2 days' from pcmirror.jobs;"
        "create or replace function pcmirror.prune_history(keep interval) returns bigint "
        "language plpgsql as $$ begin raise exception 'broken'; end $$"
    );
    daemon_.emplace(installation_.words({"run"}));
    await("select not exists (select from pcmirror.job_secrets)");
    stop();
    EXPECT_THAT(daemon_->err(), HasSubstr("history.not_pruned"));
}

TEST_F(RunWithJobs, LeavesSecretsNowhere) {
    const std::string secret = "Geheim4711*";
    json all = settings({"create_user"});
    all["log"] = {{"level", "debug"}};
    installation_.configure(all);
    ASSERT_EQ(installation_.call({"sync", "customers"}).exit_code, 0);
    const std::string customer = value("select customer_id from partner_center.customers limit 1");
    std::string told;
    const auto add = [&](const std::string& name) {
        const json payload = {
            {"user_principal_name",
             name + "@" + value("select domain from partner_center.customers")},
            {"display_name", name},
            {"usage_location", "FR"},
            {"password", secret}};
        const Outcome added = installation_.call(
            {"job", "add", "create_user", "--customer", customer, "--payload", "-", "--key", name},
            {.input = payload.dump()}
        );
        told += added.out + added.err;
        return added.exit_code;
    };
    EXPECT_EQ(add("ada"), 0);
    EXPECT_EQ(add("bob"), 0);
    EXPECT_EQ(add("not a name"), 0);
    installation_.fault(
        {{"fault", "status"},
         {"operation", "create_user"},
         {"status", 400},
         {"body", R"({"code":3000,"description":"weak: Geheim4711*","data":[],"source":""})"},
         {"times", 1}}
    );
    const Outcome worked = installation_.call({"job", "work", "--until-empty"});
    EXPECT_EQ(worked.exit_code, 1) << "what is refused has failed";
    EXPECT_EQ(value("select count(*) from pcmirror.write_jobs where finished_at is not null"), "3");
    told += worked.out + worked.err;
    for (const char* job : {"1", "2", "3"}) {
        const Outcome shown = installation_.call({"job", "show", job});
        told += shown.out + shown.err;
    }
    const Outcome dump = run({"pg_dump", installation_.database.url()});
    ASSERT_EQ(dump.exit_code, 0) << dump.err;
    EXPECT_NE(told.find("***"), std::string::npos) << told;
    EXPECT_EQ(told.find("Geheim4711"), std::string::npos) << told;
    EXPECT_EQ(dump.out.find("Geheim4711"), std::string::npos);
}

} // namespace
} // namespace pcmirror::testing
