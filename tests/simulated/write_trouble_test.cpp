#include "tests/simulated/write_jobs.hpp"
#include "tests/support/process.hpp"

#include "sync/db/pool.hpp"

namespace pcmirror::testing {
namespace {

using nlohmann::json;

class WriteTrouble : public WriteJobs {
  protected:
    [[nodiscard]] bool is_in_any_table(const std::string& text) const {
        for (const auto& row : database_.rows(
                 "select format('select count(*) from %I.%I t where t::text like %L', "
                 "n.nspname, c.relname, '%' || '" +
                 text +
                 "' || '%') from pg_class c join pg_namespace n on n.oid = c.relnamespace where "
                 "c.relkind = 'r' and n.nspname in ('pcmirror', 'partner_center')"
             ))
            if (database_.number(*row[0]) > 0)
                return true;
        return false;
    }

    /// Loads the database's dump in place of what is there.
    void restore_from(const std::string& dump) const {
        database_.execute("drop schema pcmirror, partner_center, reporting cascade");
        ProcessOptions options;
        options.input = dump;
        const Outcome restored =
            run({"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", database_.url()}, options);
        ASSERT_EQ(restored.exit_code, 0) << restored.err;
    }

    [[nodiscard]] std::string dump() const {
        const Outcome dumped = run(
            {"pg_dump",
             "--schema=pcmirror",
             "--schema=partner_center",
             "--schema=reporting",
             database_.url()}
        );
        EXPECT_EQ(dumped.exit_code, 0) << dumped.err;
        return dumped.out;
    }
};

TEST_F(WriteTrouble, ARestoredBackupHoldsWhatHadNotEndedUntilSomebodyLooked) {
    writable_world();
    const std::string customer = customer_with_users();
    const long long job = rename(customer, "Once");
    const std::string backup = dump();
    finish(job);
    expect_succeeded(job);

    restore_from(backup);
    engine().work_jobs();
    EXPECT_EQ(field(job, "state"), "queued");
    EXPECT_TRUE(field(job, "held_at"));
    const long long later = rename(customer, "Twice");
    engine().work_jobs();
    EXPECT_EQ(field(later, "state"), "succeeded") << "what came after the restore is not held";
    EXPECT_EQ(effects("update_user"), 2);

    EXPECT_EQ(database_.number("select pcmirror.release_jobs()"), 1);
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(effects("update_user"), 3);
}

TEST_F(WriteTrouble, AFailoverHoldsWhatHadNotEnded) {
    writable_world();
    const long long job = rename(customer_with_users(), "Once");
    database_.execute("update pcmirror.database_identity set timeline = timeline - 1");
    engine().work_jobs();
    EXPECT_EQ(field(job, "state"), "queued");
    EXPECT_TRUE(field(job, "held_at"));
    EXPECT_EQ(effects("update_user"), 0);
    engine().work_jobs();
    EXPECT_EQ(database_.number("select pcmirror.release_jobs()"), 1);
    finish(job);
    expect_succeeded(job);
}

TEST_F(WriteTrouble, AFailoverLosesNoAnswerThatIsOnItsWay) {
    writable_world();
    fault({{"fault", "held_answer"}, {"operation", "create_customer"}, {"times", 1}});
    const long long job = enqueue("create_customer", sample("create_customer").payload, "");
    bool failed_over = false;
    const auto fail_over = [&] {
        if (std::exchange(failed_over, failed_over || asked("create_customer") == 1))
            return;
        if (!failed_over)
            return;
        database_.execute("update pcmirror.database_identity set timeline = timeline - 1;"
                          "select pcmirror.hold_jobs_after_restore()");
        no_faults();
    };
    engine().work_jobs(fail_over);
    ASSERT_TRUE(failed_over);
    EXPECT_EQ(field(job, "state"), "succeeded") << field(job, "last_error").value_or("");
    EXPECT_EQ(effects("create_customer"), 1);
    EXPECT_EQ(rows("pcmirror.job_secrets", "of_answer"), 1);
}

TEST_F(WriteTrouble, ATenantThatIsNamedByADomainIsToldWhereItsIdIsNeeded) {
    writable_world();
    engine().settings().partner_center.tenant_id = "contoso.onmicrosoft.com";
    const long long job = enqueue(
        "create_self_serve_policy",
        sample("create_self_serve_policy").payload,
        customer_with_users()
    );
    finish(job);
    expect_failed(job, "partner_center.tenant_id has it by a domain");
    EXPECT_EQ(asked("create_self_serve_policy"), 0);
}

TEST_F(WriteTrouble, AValueThatSpendsIsNotSentHoweverItIsSpelt) {
    writable_world();
    const Whose whose = a_subscription();
    change({{"set", {whose.customer, whose.subscription, {{"status", "suspended"}}}}});
    const long long job = enqueue(
        "update_subscription",
        {{"subscription_id", whose.subscription}, {"status", "Active"}},
        whose.customer
    );
    engine().settings().write_back.operations = {};
    finish(job);
    expect_failed(job, "does not allow update_subscription.status any more");
    EXPECT_EQ(asked("update_subscription"), 0);
}

TEST_F(WriteTrouble, ARefusedLookIsNoSignThatTheRelationshipEnded) {
    writable_world();
    const std::string customer = this->customer(1);
    fault(json::array(
        {{{"fault", "reset_before"}, {"operation", "remove_reseller_relationship"}, {"times", 1}},
         {{"fault", "status"},
          {"status", 403},
          {"code", 900308},
          {"path", "/v1/customers/" + customer + "$"}}}
    ));
    const long long job = enqueue("remove_reseller_relationship", json::object(), customer);
    finish(job);
    EXPECT_EQ(field(job, "state"), "failed");
    EXPECT_EQ(rows("partner_center.customers", "customer_id = '" + customer + "'"), 1);
    EXPECT_EQ(effects("remove_reseller_relationship"), 0);
}

TEST_F(WriteTrouble, ASecretThatTheApiRepeatsIsToldToNobody) {
    writable_world();
    const std::string customer = customer_with_users();
    fault(
        {{"fault", "status"},
         {"operation", "create_user"},
         {"status", 400},
         {"body",
          R"({"code":3000,"description":"The password Geheim4711* is weak","data":[],"source":""})"},
         {"times", 1}}
    );
    const long long job = enqueue(
        "create_user",
        {{"user_principal_name", "ada@example.com"},
         {"display_name", "Ada"},
         {"usage_location", "FR"},
         {"password", "Geheim4711*"}},
        customer
    );
    finish(job);
    expect_failed(job, "The password *** is weak");
    EXPECT_FALSE(is_in_any_table("Geheim4711"));
}

TEST_F(WriteTrouble, AJobThatCanNotEvenLookIsGivenUpInTime) {
    writable_world();
    const std::string customer = customer_with_users();
    const long long job =
        enqueue("delete_user", {{"user_principal_name", "nobody@example.com"}}, customer);
    fault({{"fault", "status"}, {"status", 503}, {"retry_after", 0}, {"operation", "list_users"}});
    engine().work_jobs();
    EXPECT_EQ(field(job, "state"), "queued");
    database_.execute(
        "update pcmirror.jobs set run_after = now(), started_at = started_at - interval '30 days'"
    );
    engine().work_jobs();
    expect_failed(job, "given up after write_back.give_up_after; ");
}

TEST_F(WriteTrouble, WaitingForTheMirrorTakesNoWorker) {
    writable_world({{"write_back", {{"workers", 1}}}});
    turn({{"accepted", "all"}, {"accepted_lag", 0}});
    const Rows some = database_.rows("select customer_id::text, subscription_id from "
                                     "partner_center.subscriptions where status = 'active' order "
                                     "by subscription_id limit 1");
    const std::string customer = some.at(0)[0].value();
    const std::string subscription = some.at(0)[1].value();
    const long long waits = enqueue(
        "update_subscription",
        {{"subscription_id", subscription}, {"friendly_name", "Renamed"}},
        customer
    );
    const std::string other = another_than(customer);
    const long long goes_on = rename(other, "New");
    engine().work_jobs([&] {
        if (field(goes_on, "state") == "succeeded")
            simulator().control("DELETE", "/holds");
    });
    expect_succeeded(goes_on);
    expect_succeeded(waits);
}

TEST_F(WriteTrouble, AnOutageUsesUpNoAttempts) {
    writable_world();
    const std::string customer = customer_with_users();
    fault(
        {{"fault", "status"},
         {"operation", "update_user"},
         {"status", 503},
         {"retry_after", 0},
         {"times", 12}}
    );
    const long long job = rename(customer, "New");
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(field(job, "attempts"), "13");
}

TEST_F(WriteTrouble, AJobThatTheApiCanNotDoIsGivenUpAfterItsAttempts) {
    writable_world();
    const std::string customer = customer_with_users();
    fault({{"fault", "status"}, {"operation", "update_user"}, {"status", 500}});
    const long long job = rename(customer, "New");
    finish(job);
    expect_failed(job, "given up after 8 attempts; the last: ");
    EXPECT_EQ(field(job, "attempts"), "8");
}

TEST_F(WriteTrouble, AFieldThatIsNoLongerAllowedIsNotSent) {
    writable_world();
    const std::string customer = customer_with_users();
    const long long job = rename(customer, "New");
    engine().settings().write_back.operations = {"update_user.first_name"};
    engine().work_jobs();
    expect_failed(job, "write_back.operations does not allow update_user.display_name any more");
    EXPECT_EQ(effects("update_user"), 0);
}

TEST_F(WriteTrouble, WithoutADatabaseSessionTheQueueIsNotTakenForEmpty) {
    writable_world();
    const long long job = rename(customer_with_users(), "New");
    engine().session().close();
    EXPECT_THROW(engine().work_jobs(), DatabaseError);
    EXPECT_EQ(field(job, "state"), "queued");
}

TEST_F(WriteTrouble, AnAnswerThatCanNotBeStoredEndsItsOwnJobOnly) {
    writable_world();
    const std::string customer = customer_with_users();
    const std::string user = a_user(customer);
    fault(
        {{"fault", "status_after"},
         {"operation", "update_user"},
         {"customer", customer},
         {"status", 200},
         {"body", "{\"id\":\"" + user + "\",\"displayName\":\"N\\u0000ew\"}"},
         {"times", 1}}
    );
    const long long job = rename(customer, "New");
    const std::string other = another_than(customer);
    const long long another = rename(other, "Other");
    engine().work_jobs();
    EXPECT_EQ(field(another, "state"), "succeeded");
    EXPECT_EQ(field(job, "state"), "succeeded") << field(job, "last_error").value_or("");
}

} // namespace
} // namespace pcmirror::testing
