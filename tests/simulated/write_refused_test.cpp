#include "tests/simulated/write_jobs.hpp"
#include "tests/support/sample_jobs.hpp"

namespace pcmirror::testing {
namespace {

using nlohmann::json;

/// The API refuses tokens.
class WriteRefused : public WriteJobs {
  protected:
    [[nodiscard]] long long set_budget(std::size_t number) const {
        return enqueue("update_spending_budget", {{"amount", 5}}, customer(number));
    }

    [[nodiscard]] long long rename_a_user() const {
        const std::string customer = customer_with_users();
        return enqueue(
            "update_user", {{"user_id", a_user(customer)}, {"display_name", "New"}}, customer
        );
    }

    void expect_waiting(long long job, const std::string& why) const {
        EXPECT_EQ(field(job, "state"), "queued");
        EXPECT_THAT(field(job, "last_error").value_or(""), ::testing::HasSubstr(why));
    }

    void expect_api_error() {
        try {
            engine().work_jobs();
            ADD_FAILURE() << "nothing was thrown";
        } catch (const Error& error) {
            EXPECT_EQ(error.recovery(), Recovery::fix_api) << error.what();
        }
    }
};

TEST_F(WriteRefused, AnOperationThatIsRefusedEveryTokenFailsItsOwnJobOnly) {
    writable_world({{"write_back", {{"workers", 1}}}});
    const long long refused = rename_a_user();
    fault({{"fault", "status"}, {"status", 401}, {"operation", "update_user"}});
    const long long one = set_budget(2);
    const long long another = set_budget(3);
    engine().work_jobs();
    expect_failed(refused, "401");
    expect_failed(refused, "auth app_user or auto");
    EXPECT_EQ(field(refused, "attempts"), "1");
    expect_succeeded(one);
    expect_succeeded(another);
    EXPECT_EQ(effects("update_user"), 0);
}

TEST_F(WriteRefused, WhereAllTokensAreRefusedJobsWaitAndSayWhy) {
    writable_world({{"write_back", {{"workers", 1}}}});
    const long long one = set_budget(1);
    const long long another = set_budget(2);
    fault({{"fault", "status"}, {"status", 401}});
    expect_api_error();
    expect_waiting(one, "the API refuses a fresh token: 401");
    expect_waiting(another, "register application");
    EXPECT_EQ(asked("update_spending_budget"), 2U) << "a token, and a fresh one";

    no_faults();
    finish(one);
    finish(another);
    expect_succeeded(one);
    expect_succeeded(another);
    EXPECT_EQ(field(one, "attempts"), "2");
    EXPECT_EQ(asked("update_spending_budget"), 4U);
}

TEST_F(WriteRefused, ARefusedRequestLeavesNoDoubt) {
    writable_world();
    const long long job = rename_a_user();
    fault({{"fault", "status"}, {"status", 401}});
    expect_api_error();
    EXPECT_EQ(database_.value("select sent_at::text from pcmirror.jobs"), std::nullopt);
    database_.execute(
        "update pcmirror.jobs set run_after = now(), started_at = now() - interval '30 days'"
    );
    engine().work_jobs();
    expect_failed(job, "given up after write_back.give_up_after; ");
    EXPECT_THAT(
        field(job, "last_error").value_or(""),
        ::testing::Not(::testing::HasSubstr("may have taken effect"))
    );
}

TEST_F(WriteRefused, WhatTookEffectNeverFailsWhereTheMirrorCanNotBeBroughtUpToDate) {
    writable_world();
    const long long job = rename_a_user();
    database_.execute(
        "update pcmirror.jobs set answered_at = now(), http_status = 200, attempts = 1"
    );
    fault({{"fault", "status"}, {"status", 401}});
    expect_api_error();
    expect_waiting(job, "the API refuses a fresh token");

    database_.execute(
        "update pcmirror.jobs set run_after = now(), started_at = now() - interval '30 days'"
    );
    expect_api_error();
    EXPECT_EQ(field(job, "state"), "succeeded");
    EXPECT_EQ(field(job, "confirmed"), "false");
}

TEST_F(WriteRefused, ARevokedConsentStopsOnlyWhatNeedsAUser) {
    writable_world({{"partner_center", {{"auth", "auto"}}}});
    tokens({{"revoke_refresh_token", true}, {"expire_access_tokens", true}});
    const long long needs_user = rename_a_user();
    const long long needs_none = set_budget(2);
    expect_api_error();
    expect_waiting(needs_user, "revoked");
    expect_succeeded(needs_none);
}

TEST_F(WriteRefused, ACustomerOfAResellerIsMadeWithAUsersSignIn) {
    writable_world({{"partner_center", {{"auth", "auto"}}}});
    const JobWorld world(simulator());
    const Operation& operation = *operation_catalogue().find("create_customer");
    for (const bool of_reseller : {false, true}) {
        forget_requests();
        PreparedJob made = prepare_jobs(world, operation, 1).front();
        if (of_reseller)
            made.payload["associated_partner_id"] = "11111111-0000-4000-8000-000000000001";
        finish(testing::enqueue(database_, operation.name, made));
        ASSERT_EQ(asked("create_customer"), 1U);
        EXPECT_EQ(
            requests("create_customer").front().at("token_kind"), of_reseller ? "user" : "app"
        );
    }
}

TEST_F(WriteRefused, AJobThatCouldNotBeTriedKeepsItsPlace) {
    writable_world();
    const std::string customer = customer_with_users();
    const long long first =
        enqueue("delete_user", {{"user_principal_name", "nobody@example.com"}}, customer);
    const long long second = rename_a_user();
    fault({{"fault", "status"}, {"status", 503}, {"retry_after", 0}, {"operation", "list_users"}});
    engine().work_jobs();
    expect_waiting(first, "503");
    EXPECT_EQ(field(second, "state"), "queued");
    EXPECT_EQ(field(second, "blocked_by"), std::to_string(first));
    no_faults();
    finish(first);
    expect_failed(first, "no user");
    EXPECT_EQ(field(second, "state"), "succeeded");
}

} // namespace
} // namespace pcmirror::testing
