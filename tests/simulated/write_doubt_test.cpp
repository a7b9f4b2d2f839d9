#include "tests/simulated/write_jobs.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Jobs of which is not known what they did, or to whom.
class WriteDoubts : public WriteJobs {
  protected:
    /// The first answer to the operation is lost, before or after it took effect.
    void lose(const std::string& operation, const std::string& how) {
        fault({{"fault", how}, {"operation", operation}, {"times", 1}});
    }
};

TEST_F(WriteDoubts, FindTheirOwnChangeWhereTheyExpectedWhatWasBefore) {
    writable_world();
    const std::string customer = customer_with_users();
    const std::string user = a_user(customer);
    const std::string before = *database_.value(
        "select display_name from partner_center.users where user_id = '" + user + "'"
    );
    lose("update_user", "reset_after");
    const long long job = enqueue(
        "update_user",
        {{"user_id", user}, {"display_name", "New"}, {"expect", {{"display_name", before}}}},
        customer
    );
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(effects("update_user"), 1);
    EXPECT_EQ(rows("partner_center.users", "display_name = 'New'"), 1);
}

TEST_F(WriteDoubts, TakeAPageOfHtmlForNoAnswer) {
    writable_world();
    const std::string customer = customer_with_users();
    lose("update_user", "html");
    const long long renames =
        enqueue("update_user", {{"user_id", a_user(customer)}, {"display_name", "New"}}, customer);
    lose("create_user", "html");
    const long long creates = enqueue("create_user", new_user(customer), customer);
    finish(renames);
    finish(creates);
    expect_succeeded(renames);
    expect_succeeded(creates);
    EXPECT_EQ(effects("update_user"), 1);
    EXPECT_EQ(effects("create_user"), 1);
    EXPECT_EQ(rows("pcmirror.write_job_attempts", "error like '%with what is no JSON%'"), 2);
}

TEST_F(WriteDoubts, TakeADeletedUserOfTheNameForNoEffect) {
    writable_world();
    const std::string customer = customer_with_users();
    const json payload = new_user(customer);
    const long long first = enqueue("create_user", payload, customer);
    finish(first);
    const std::string user =
        *database_.value("select user_id::text from partner_center.users where display_name = 'Ada'"
        );
    finish(enqueue("delete_user", {{"user_id", user}}, customer));
    // As if that had been long ago.
    change({{"set_user", {customer, user, {{"softDeletionTime", "2020-01-01T00:00:00Z"}}}}});

    lose("create_user", "reset_before");
    const long long again = enqueue("create_user", payload, customer);
    finish(again);

    expect_succeeded(again);
    EXPECT_EQ(effects("create_user"), 2);
    EXPECT_EQ(rows("partner_center.users", "display_name = 'Ada' and state = 'active'"), 1);
}

TEST_F(WriteDoubts, DoNotTakeWhatNeverWasForDeleted) {
    writable_world();
    const std::string customer = customer_with_users();
    const long long job =
        enqueue("delete_user", {{"user_id", "1a2b3c4d-0000-4000-8000-123456789012"}}, customer);
    finish(job);
    EXPECT_EQ(field(job, "state"), "failed");
    EXPECT_EQ(field(job, "http_status"), "404");
}

TEST_F(WriteDoubts, ThatHadTheirEffectCanNotBeCancelled) {
    writable_world();
    turn({{"accepted", "all"}, {"accepted_lag", 0}});
    const Whose whose = a_subscription();
    const long long job = rename_subscription(whose, "Renamed");
    std::string refused;
    engine().work_jobs([&] {
        if (!refused.empty() || !field(job, "answered_at"))
            return;
        try {
            database_.execute(fmt::format("select pcmirror.cancel_job({})", job));
            refused = "it was not refused";
        } catch (const std::exception& error) {
            refused = error.what();
        }
        simulator().control("DELETE", "/holds");
    });
    EXPECT_THAT(refused, HasSubstr("its request took effect; only the mirror is still to show it"));
    expect_succeeded(job);
}

TEST_F(WriteDoubts, AreSettledOnlyOnceTheApiCanNotBeAtWorkAnyMore) {
    writable_world({{"write_back", {{"settle_time", "1h"}}}});
    turn({{"request_ids", "ignore"}});
    const std::string customer = customer_with_users();
    lose("create_user", "reset_before");
    const long long job = enqueue("create_user", new_user(customer), customer);
    engine().work_jobs();
    const auto look_after = [&](const std::string& hours) {
        database_.execute(fmt::format(
            "update pcmirror.jobs set run_after = now(), sent_at = sent_at - interval '{0}', "
            "lost_at = lost_at - interval '{0}' where state = 'queued'",
            hours
        ));
        engine().work_jobs();
    };
    look_after("59 minutes");
    EXPECT_EQ(field(job, "attempts"), "1");
    EXPECT_THAT(field(job, "last_error").value_or(""), HasSubstr("no effect is to be seen yet"));
    look_after("2 minutes");
    expect_succeeded(job);
    EXPECT_EQ(effects("create_user"), 1);
}

TEST_F(WriteDoubts, ASecretThatTheAnswerRepeatsStaysOutOfTheMirror) {
    writable_world();
    const std::string customer = customer_with_users();
    const json payload = new_user(customer);
    fault(
        {{"fault", "status_after"},
         {"operation", "create_user"},
         {"status", 201},
         {"body",
          json({{"id", "1a2b3c4d-0000-4000-8000-123456789012"},
                {"userPrincipalName", payload.at("user_principal_name")},
                {"displayName", "Ada"},
                {"usageLocation", "FR"},
                {"state", "active"},
                {"temporaryPassword", "Geheim4711*"}}
          ).dump()},
         {"times", 1}}
    );
    const long long job = enqueue("create_user", payload, customer);
    finish(job);
    EXPECT_EQ(field(job, "state"), "succeeded");
    EXPECT_EQ(rows("partner_center.users", "extra::text like '%temporaryPassword%'"), 1);
    EXPECT_EQ(rows("partner_center.users", "extra::text like '%Geheim%'"), 0);
    EXPECT_EQ(rows("pcmirror.change_log", "new::text like '%Geheim%'"), 0);
}

TEST_F(WriteDoubts, AQualificationThatIsOlderIsNoEffect) {
    writable_world();
    const std::string customer = customer_with_users();
    const auto qualify = [&](const std::string& segment) {
        return enqueue(
            "update_qualification",
            {{"qualification", "Education"},
             {"education_segment", segment},
             {"website", "https://example.com"}},
            customer
        );
    };
    finish(qualify("K12"));
    change({{"vet_qualification", {customer, "Education", "Denied"}}});
    EXPECT_EQ(effects("update_qualification"), 1);
    lose("update_qualification", "reset_before");
    const long long job = qualify("HigherEducation");
    engine().work_jobs();
    // As if it had been sent long after the first one.
    database_.execute("update pcmirror.jobs set sent_at = sent_at + interval '1 hour' where "
                      "sent_at is not null");
    finish(job);
    EXPECT_EQ(asked("update_qualification"), 3U);
}

TEST_F(WriteDoubts, AQualificationIsTheirOwnThoughTheApisClockIsBehind) {
    writable_world();
    turn({{"request_ids", "ignore"}});
    lose("update_qualification", "reset_after");
    const long long job = enqueue(
        "update_qualification",
        {{"qualification", "Education"}, {"education_segment", "K12"}, {"website", "a.example"}},
        customer_with_users()
    );
    engine().work_jobs();
    database_.execute("update pcmirror.jobs set sent_at = sent_at + interval '3 seconds', "
                      "lost_at = lost_at + interval '3 seconds' where sent_at is not null");
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(effects("update_qualification"), 1);
}

TEST_F(WriteDoubts, AnAgreementOfAnotherDayIsNoEffect) {
    writable_world();
    auto [customer, agreement] = sample("confirm_customer_agreement");
    agreement["date_agreed"] = "2025-01-31";
    finish(enqueue("confirm_customer_agreement", agreement, customer));
    agreement["date_agreed"] = "2026-01-31";
    lose("confirm_customer_agreement", "reset_before");
    const long long again = enqueue("confirm_customer_agreement", agreement, customer);
    finish(again);
    expect_failed(again, "this contact has confirmed the agreement already");
    EXPECT_EQ(asked("confirm_customer_agreement"), 3) << "it was sent, and sent again";
}

TEST_F(WriteDoubts, ASuccessWithADamagedTextIsNoLostAnswer) {
    writable_world();
    const std::string customer = customer_with_users();
    fault(
        {{"fault", "status_after"},
         {"operation", "update_user"},
         {"status", 200},
         {"body", R"({"id":")" + a_user(customer) + R"(","lastName":"a\ud83d"})"}}
    );
    const long long job = rename(customer, "New");
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(asked("update_user"), 1);
    EXPECT_EQ(rows("partner_center.users", "display_name = 'New'"), 1);
}

TEST_F(WriteDoubts, FailSayingThatTheyMayHaveTakenEffectWhereNobodyCanLook) {
    writable_world();
    fault(json::array(
        {{{"fault", "reset_after"}, {"operation", "create_user"}, {"times", 1}},
         {{"fault", "refuse"}, {"operation", "list_users"}, {"code", 900308}}}
    ));
    const std::string customer = customer_with_users();
    const long long job = enqueue("create_user", new_user(customer), customer);
    finish(job);
    expect_failed(job, "it may have taken effect all the same");
    EXPECT_EQ(scope("last_attempt_at", "users", customer), "NULL") << "it is to be read at once";
}

TEST_F(WriteDoubts, RefusedWhenSentAgainSayThatTheFirstMayHaveTakenEffect) {
    writable_world();
    turn({{"request_ids", "ignore"}});
    const std::string customer = customer_with_users();
    fault(json::array(
        {{{"fault", "reset_after"}, {"operation", "update_user"}, {"times", 1}},
         {{"fault", "status"}, {"operation", "update_user"}, {"status", 400}, {"times", 1}}}
    ));
    const long long job = rename(customer, "New");
    finish(job);
    expect_failed(job, "it may have taken effect all the same");
    engine().pass("users");
    EXPECT_EQ(rows("partner_center.users", "display_name = 'New'"), 1) << "it was due";
}

TEST_F(WriteDoubts, OfAnOperationThatNobodyKnowsAnyMoreEndByThemselves) {
    writable_world();
    lose("update_user", "reset_after");
    const std::string customer = customer_with_users();
    const long long job = rename(customer, "New");
    const long long next = enqueue("create_user", new_user(customer), customer);
    engine().work_jobs();
    database_.execute("update pcmirror.jobs set operation = 'rename_user' where sent_at is not null"
    );
    finish(job);
    expect_failed(job, "knows no operation \"rename_user\"; it may have taken effect all the same");
    finish(next);
    expect_succeeded(next);
}

TEST_F(WriteDoubts, AreReadBeforeTheyAreGivenUp) {
    writable_world({{"write_back", {{"max_attempts", 1}}}});
    turn({{"request_ids", "ignore"}});
    const Whose whose = a_subscription();
    fault(
        {{"fault", "status_after"},
         {"operation", "update_subscription"},
         {"status", 500},
         {"times", 1}}
    );
    const long long job = rename_subscription(whose, "Renamed");
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(rows("partner_center.subscriptions", "friendly_name = 'Renamed'"), 1);
}

TEST_F(WriteDoubts, WhatWasAnsweredKeepsItsRequestThoughTheReadingIsPutOff) {
    writable_world();
    turn({{"accepted", "all"}, {"accepted_lag", 0}});
    const Whose whose = a_subscription();
    const long long job = rename_subscription(whose, "Renamed");
    std::optional<std::string> request_id;
    const auto refuse_tokens = [&] {
        if (request_id || !field(job, "answered_at"))
            return;
        request_id = field(job, "request_id");
        fault({{"fault", "token_refused"}});
    };
    EXPECT_THROW(engine().work_jobs(refuse_tokens), Error);
    ASSERT_TRUE(request_id);
    EXPECT_EQ(field(job, "state"), "queued");
    EXPECT_EQ(field(job, "request_id"), request_id);
    EXPECT_EQ(field(job, "http_status"), "202");
}

} // namespace
} // namespace pcmirror::testing
