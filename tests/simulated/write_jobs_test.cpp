#include "tests/simulated/write_jobs.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

TEST_F(WriteJobs, RenameAUserOnceAndShowItInTheMirror) {
    writable_world();
    const std::string customer = customer_with_users();
    const std::string user = a_user(customer);
    const long long job =
        enqueue("update_user", {{"user_id", user}, {"display_name", "Ada Lovelace"}}, customer);

    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(effects("update_user"), 1);
    EXPECT_EQ(rows("partner_center.users", "display_name = 'Ada Lovelace'"), 1);
    EXPECT_EQ(
        rows("pcmirror.change_log", "job_id = " + std::to_string(job) + " and run_id is null"), 1
    );
    expect_mirror_shows_world();
}

TEST_F(WriteJobs, CreateAUserWhosePasswordStaysNowhere) {
    writable_world();
    const std::string customer = customer_with_users();
    const json payload = new_user(customer);
    const long long job = enqueue("create_user", payload, customer);
    EXPECT_EQ(rows("pcmirror.job_secrets"), 1);

    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(effects("create_user"), 1);
    EXPECT_EQ(rows("pcmirror.job_secrets"), 0);
    EXPECT_THAT(field(job, "payload").value(), HasSubstr("***"));
    EXPECT_THAT(field(job, "response").value(), ::testing::Not(HasSubstr("Geheim4711*")));
    expect_mirror_shows_world();
}

TEST_F(WriteJobs, CreateAUserAndLicenseItByNameInOneBatch) {
    writable_world();
    const std::string customer = customer_with_users();
    const std::string name =
        "ada@" +
        *database_.value(
            "select domain from partner_center.customers where customer_id = '" + customer + "'"
        );
    const std::string sku =
        database_
            .value(
                "select sku_id from partner_center.subscribed_skus where customer_id = '" +
                customer +
                "' and target_type = 'User' and license_group_id = 'group1' and "
                "available_units > 1 order by sku_id limit 1"
            )
            .value();
    const long long create = enqueue(
        "create_user",
        {{"user_principal_name", name},
         {"display_name", "Ada"},
         {"usage_location", "FR"},
         {"password", "Geheim4711*"}},
        customer
    );
    const long long assign = enqueue(
        "assign_licenses",
        {{"user_principal_name", name}, {"licenses_to_assign", {{{"sku_id", sku}}}}},
        customer
    );

    finish(create);
    finish(assign);

    expect_succeeded(create);
    expect_succeeded(assign);
    EXPECT_EQ(
        rows(
            "pcmirror.change_log",
            "resource = 'user_licenses' and job_id = " + std::to_string(assign)
        ),
        1
    );
    expect_mirror_shows_world();
}

TEST_F(WriteJobs, DeleteAUserAndRestoreIt) {
    writable_world();
    const std::string customer = customer_with_users();
    const std::string user = a_user(customer);

    const long long deletion = enqueue("delete_user", {{"user_id", user}}, customer);
    finish(deletion);
    expect_succeeded(deletion);
    EXPECT_EQ(rows("partner_center.users", "state = 'inactive' and user_id = '" + user + "'"), 1);
    expect_mirror_shows_world();

    const long long restoration = enqueue("restore_user", {{"user_id", user}}, customer);
    finish(restoration);
    expect_succeeded(restoration);
    expect_mirror_shows_world();
}

TEST_F(WriteJobs, ChangeOnlyWhatTheyNameOfASubscription) {
    writable_world();
    const auto row = database_.rows(
        "select customer_id::text, subscription_id from partner_center.subscriptions where status "
        "= 'active' order by 1, 2 limit 1"
    );
    const std::string customer = *row[0][0];
    const std::string subscription = *row[0][1];
    const std::string before = truth_of(subscription);

    const long long job = enqueue(
        "update_subscription",
        {{"subscription_id", subscription}, {"friendly_name", "Renamed by a job"}},
        customer
    );
    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(effects("update_subscription"), 1);
    json changed = json::parse(before);
    changed["friendly_name"] = "Renamed by a job";
    json after = json::parse(truth_of(subscription));
    changed.erase("etag");
    after.erase("etag");
    EXPECT_EQ(after, changed);
    EXPECT_EQ(mirrored(database_, "subscriptions"), truth(simulator(), "subscriptions"));
}

TEST_F(WriteJobs, FetchAfreshWhatChangedMeanwhileUnderAnotherRequestId) {
    writable_world();
    const Whose whose = a_subscription();
    fault(
        {{"fault", "status"},
         {"operation", "update_subscription"},
         {"status", 400},
         {"code", 2055},
         {"times", 1}}
    );
    const long long job = rename_subscription(whose, "Renamed by a job");

    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(effects("update_subscription"), 1);
    EXPECT_EQ(
        database_.number("select count(distinct request_id) from pcmirror.write_job_attempts"), 2
    );
    EXPECT_EQ(mirrored(database_, "subscriptions"), truth(simulator(), "subscriptions"));
}

TEST_F(WriteJobs, DoNotOverwriteWhatSomebodyElseChangedBetweenTwoAttempts) {
    writable_world();
    const Whose whose = a_subscription();
    fault(
        {{"fault", "status"},
         {"operation", "update_subscription"},
         {"status", 400},
         {"code", 2055},
         {"times", 4}}
    );
    const long long job = rename_subscription(whose, "Renamed by a job");
    engine().work_jobs();
    EXPECT_EQ(field(job, "state"), "queued");
    change({{"set", {whose.customer, whose.subscription, {{"friendlyName", "Renamed by hand"}}}}});

    finish(job);

    expect_failed(job, "somebody else changed the same members meanwhile; nothing was changed");
    EXPECT_EQ(effects("update_subscription"), 0);

    database_.execute(fmt::format("select pcmirror.retry_job({})", job));
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(effects("update_subscription"), 1);
}

TEST_F(WriteJobs, TakeTheirOwnChangeThatShowsLateForNobodyElses) {
    writable_world();
    turn({{"request_ids", "ignore"}});
    const auto row = database_.rows(
        "select customer_id::text, subscription_id from partner_center.subscriptions where etag is "
        "not null order by 1, 2 limit 1"
    );
    const Whose whose{*row.at(0)[0], *row[0][1]};
    simulator().control("POST", "/holds");
    fault({{"fault", "reset_after"}, {"operation", "update_subscription"}, {"times", 1}});
    const long long job = rename_subscription(whose, "Renamed by a job");
    engine().work_jobs();

    // It reads what was before, is told so, and by then its first attempt shows.
    no_faults();
    fault({{"fault", "held_answer"}, {"operation", "update_subscription"}, {"times", 1}});
    database_.execute("update pcmirror.jobs set run_after = now()");
    engine().work_jobs([&] {
        if (asked("update_subscription") < 2)
            return;
        simulator().control("DELETE", "/holds");
        no_faults();
    });
    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(changes(simulator(), "update_subscription", whose.customer), 1);
}

TEST_F(WriteJobs, FailInWordsWhereTheApiRefuses) {
    writable_world();
    const std::string customer = customer_with_users();
    const long long job = enqueue(
        "update_user",
        {{"user_id", "1a2b3c4d-0000-4000-8000-123456789012"}, {"display_name", "Nobody"}},
        customer
    );
    finish(job);
    expect_failed(job, "the customer has no such user");
    EXPECT_EQ(field(job, "http_status"), "404");
    EXPECT_EQ(effects("update_user"), 0);
}

TEST_F(WriteJobs, SetAPasswordWhereverTheApiTakesIt) {
    writable_world();
    const std::string customer = customer_with_users();
    for (const char* where : {"resetpassword", "patch"}) {
        turn({{"password_path", where}});
        const long long job = enqueue(
            "reset_user_password",
            {{"user_id", a_user(customer)},
             {"password", "Geheim4711*"},
             {"force_change_password", true}},
            customer
        );
        finish(job);
        EXPECT_EQ(field(job, "state"), "succeeded")
            << where << field(job, "last_error").value_or("");
    }
    EXPECT_EQ(effects("reset_user_password"), 2);
}

TEST_F(WriteJobs, TellTheWarningsThatLicensesComeWith) {
    writable_world();
    turn({{"license_warnings", "on"}});
    const std::string customer = customer_with_users();
    const std::string sku = *database_.value(
        "select sku_id from partner_center.subscribed_skus where customer_id = '" + customer +
        "' and target_type = 'User' and license_group_id = 'group1' and available_units > 1 "
        "order by sku_id limit 1"
    );
    const std::string user = *database_.value(
        "select u.user_id::text from partner_center.users u where u.customer_id = '" + customer +
        "' and u.state = 'active' and u.usage_location is not null and not exists (select from "
        "partner_center.user_licenses l where l.user_id = u.user_id and l.sku_id = '" +
        sku + "') limit 1"
    );
    const long long job = enqueue(
        "assign_licenses",
        {{"user_id", user}, {"licenses_to_assign", {{{"sku_id", sku}}}}},
        customer
    );
    finish(job);
    expect_succeeded(job);
    EXPECT_THAT(field(job, "last_error").value_or(""), HasSubstr("done, with warnings: "));
}

TEST_F(WriteJobs, ThatTookEffectNeverFailForWhatComesAfter) {
    writable_world();
    const std::string customer = customer_with_users();
    const long long job = enqueue(
        "update_user",
        {{"user_principal_name", "nobody@example.com"}, {"display_name", "New"}},
        customer
    );
    // As a process left it that ended before the mirror showed it; the user was deleted since.
    database_.execute("update pcmirror.jobs set attempts = 1, begun = true, answered_at = now(), "
                      "started_at = now(), request_id = gen_random_uuid()");
    finish(job);
    EXPECT_EQ(field(job, "state"), "succeeded");
    EXPECT_EQ(field(job, "confirmed"), "false");
    EXPECT_EQ(asked("update_user"), 0U);
    EXPECT_EQ(
        rows(
            "pcmirror.sync_scopes",
            "resource = 'users' and last_attempt_at is null and customer_id = '" + customer + "'"
        ),
        1
    );
}

TEST_F(WriteJobs, ThatFailedCanBeTriedAgainAndKeepEachAttempt) {
    writable_world();
    const std::string customer = customer_with_users();
    fault(
        {{"fault", "status"},
         {"operation", "update_user"},
         {"status", 400},
         {"code", 3000},
         {"times", 1}}
    );
    const long long job =
        enqueue("update_user", {{"user_id", a_user(customer)}, {"display_name", "New"}}, customer);
    finish(job);
    EXPECT_EQ(field(job, "state"), "failed");

    database_.execute(fmt::format("select pcmirror.retry_job({})", job));
    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(effects("update_user"), 1);
    EXPECT_EQ(
        database_.value("select string_agg(outcome, ' ' order by attempt) from "
                        "pcmirror.write_job_attempts"),
        "failed succeeded"
    );
}

TEST_F(WriteJobs, ThatFailedInDoubtLookFirstWhenTheyAreTriedAgain) {
    writable_world();
    turn({{"request_ids", "ignore"}});
    const std::string customer = customer_with_users();
    fault({{"fault", "reset_after"}, {"operation", "add_verified_domain"}, {"times", 1}});
    const std::string domain = "ada.example.com";
    const long long job = enqueue(
        "add_verified_domain",
        {{"verified_domain_name", domain},
         {"domain",
          {{"name", domain},
           {"authentication_type", "managed"},
           {"capability", "email"},
           {"status", "verified"},
           {"verification_method", "dns_record"}}}},
        customer
    );
    engine().work_jobs();
    database_.execute(
        "update pcmirror.jobs set run_after = now(), started_at = started_at - interval '30 days'"
    );
    fault({{"fault", "status"}, {"operation", "get_customer"}, {"status", 503}, {"retry_after", 0}}
    );
    engine().work_jobs();
    expect_failed(job, "may have taken effect");
    no_faults();

    database_.execute(fmt::format("select pcmirror.retry_job({})", job));
    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(effects("add_verified_domain"), 1);
    EXPECT_EQ(asked("add_verified_domain"), 1);
}

TEST_F(WriteJobs, ChangeNothingThatIsNotAsExpected) {
    writable_world();
    const std::string customer = customer_with_users();
    const std::string user = a_user(customer);
    const long long job = enqueue(
        "update_user",
        {{"user_id", user},
         {"display_name", "New"},
         {"expect", {{"display_name", "what it never was"}}}},
        customer
    );
    finish(job);
    expect_failed(job, "not as expected: display_name is ");
    EXPECT_EQ(effects("update_user"), 0);
}

TEST_F(WriteJobs, OfOneCustomerComeByPriorityAndThenInTheirOrder) {
    writable_world();
    const std::string customer = customer_with_users();
    const std::string user = a_user(customer);
    for (const auto& [name, priority] :
         std::vector<std::pair<std::string, int>>{{"second", 0}, {"third", 0}, {"first", 5}})
        database_.execute(fmt::format(
            "select pcmirror.enqueue_job('update_user', '{}', $json${}$json$, priority => {})",
            customer,
            json({{"user_id", user}, {"display_name", name}}).dump(),
            priority
        ));
    engine().work_jobs();
    EXPECT_EQ(
        database_.value(
            "select string_agg(payload ->> 'display_name', ' ' order by answered_at) from "
            "pcmirror.write_jobs"
        ),
        "first second third"
    );
    EXPECT_EQ(rows("partner_center.users", "display_name = 'third'"), 1);
}

TEST_F(WriteJobs, EndTheRelationshipAndTakeTheCustomerOutOfTheMirror) {
    writable_world();
    const std::string customer = this->customer(1);
    const long long job = enqueue("remove_reseller_relationship", json::object(), customer);
    const long long later = enqueue(
        "update_user",
        {{"user_id", "1a2b3c4d-0000-4000-8000-123456789012"}, {"display_name", "x"}},
        customer
    );
    finish(job);
    expect_succeeded(job);
    expect_failed(later, "the relationship with the customer was ended");
    EXPECT_EQ(rows("partner_center.customers", "customer_id = '" + customer + "'"), 0);
    EXPECT_EQ(rows("pcmirror.sync_scopes", "customer_id = '" + customer + "'"), 0);
    engine().pass("customers");
    expect_mirror_shows_world();
}

} // namespace
} // namespace pcmirror::testing
