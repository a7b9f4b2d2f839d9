#include "tests/simulated/write_jobs.hpp"

namespace pcmirror::testing {
namespace {

/// What a reading must be before the mirror believes that it shows what a job did.
class WriteReadings : public WriteJobs {
  protected:
    /// A mirrored world, and a user with licenses in it.
    void world_with_holder() {
        writable_world();
        engine().read_once();
        customer_ = customer_with_users();
        holder_ = database_
                      .value(
                          "select user_id::text from partner_center.user_licenses where "
                          "customer_id = '" +
                          customer_ + "' order by 1 limit 1"
                      )
                      .value();
        held_ = held();
        ASSERT_GT(held_, 0);
    }

    [[nodiscard]] long long held() const {
        return rows("partner_center.user_licenses", "user_id = '" + holder_ + "'");
    }

    [[nodiscard]] std::string license() const {
        return database_
            .value(
                "select sku_id from partner_center.user_licenses where user_id = '" + holder_ +
                "' order by 1 limit 1"
            )
            .value();
    }

    [[nodiscard]] long long enqueue_for_holder(const std::string& operation) const {
        return enqueue(operation, {{"user_id", holder_}}, customer_);
    }

    /// The API denies having heard of the user's licenses.
    void deny_licenses() {
        fault({{"fault", "not_found"}, {"code", 60002}, {"path", "/users/" + holder_ + "/licenses"}}
        );
    }

    void expect_unconfirmed(long long job) const {
        EXPECT_EQ(field(job, "state"), "succeeded") << field(job, "last_error").value_or("");
        EXPECT_EQ(field(job, "confirmed"), "false");
    }

    /// The next pass over what is due asks for the user's licenses.
    void expect_licenses_asked_for_at_once() const {
        EXPECT_EQ(scope("last_attempt_at", "user_licenses", customer_), "NULL");
        EXPECT_EQ(rows("pcmirror.owed_reads", "row_id = '" + holder_ + "'"), 1);
    }

    void pass_over_what_is_due() { engine().pass("user_licenses", {.only_unasked = true}); }

    std::string customer_;
    std::string holder_;
    long long held_ = 0; ///< licenses, before any job
};

TEST_F(WriteReadings, LicensesThatTheApiDeniesAreNoProofThatTheUserHasNone) {
    world_with_holder();
    deny_licenses();
    const long long job = enqueue(
        "assign_licenses", {{"user_id", holder_}, {"licenses_to_remove", {license()}}}, customer_
    );

    engine().work_jobs();

    expect_unconfirmed(job);
    EXPECT_EQ(held(), held_);
    expect_licenses_asked_for_at_once();
    no_faults();
    pass_over_what_is_due();
    expect_mirror_shows_world();
    EXPECT_EQ(held(), held_ - 1);
}

TEST_F(WriteReadings, ADeletedUserOutOfReachKeepsTheLicensesAsWhenItIsPolled) {
    world_with_holder();
    deny_licenses();
    const long long job = enqueue_for_holder("delete_user");

    engine().work_jobs();

    expect_succeeded(job);
    EXPECT_EQ(held(), held_);
    expect_licenses_asked_for_at_once();
    pass_over_what_is_due();
    EXPECT_EQ(held(), held_);
}

TEST_F(WriteReadings, ARestoredUsersLicensesAreAskedForAgainAtOnceAsNothingTellsALaggingReading) {
    world_with_holder();
    finish(enqueue_for_holder("delete_user"));
    pass_over_what_is_due();
    // As if it was longer ago than reads may lag.
    database_.execute("update pcmirror.touched_rows set expires_at = now()");
    simulator().control("POST", "/holds", {{"customer", customer_}, {"reads", "listings"}});
    const long long job = enqueue_for_holder("restore_user");

    engine().work_jobs();

    expect_succeeded(job);
    EXPECT_EQ(held(), 0) << "as the reading had it";
    expect_licenses_asked_for_at_once();
    simulator().control("DELETE", "/holds");
    pass_over_what_is_due();
    expect_mirror_shows_world();
    EXPECT_EQ(held(), held_);
}

TEST_F(WriteReadings, ThatShowNoChangeInTimeLeaveTheJobDoneAndItsScopeDue) {
    writable_world();
    engine().read_once();
    turn({{"accepted", "all"}, {"accepted_lag", 0}});
    const Whose whose = a_subscription();
    const long long job = rename_subscription(whose, "Renamed");

    engine().work_jobs();

    expect_unconfirmed(job);
    EXPECT_EQ(scope("last_attempt_at", "subscriptions", whose.customer), "NULL");
    simulator().control("DELETE", "/holds");
    engine().work_jobs();
    EXPECT_EQ(asked("update_subscription"), 1U) << "it took effect: it is never sent again";
    engine().pass("subscriptions", {.only_unasked = true});
    EXPECT_EQ(rows("partner_center.subscriptions", "friendly_name = 'Renamed'"), 1);
    expect_unconfirmed(job);
}

/// Answers that tell only a part of the user.
class PartialAnswers : public WriteReadings {
  protected:
    /// A job that renames a user, and is answered with no more than this and the user's id.
    long long rename_and_answer(json told) {
        writable_world();
        customer_ = customer_with_users();
        told["id"] = a_user(customer_);
        fault(
            {{"fault", "status_after"},
             {"operation", "update_user"},
             {"status", 200},
             {"body", told.dump()}}
        );
        return rename(customer_, "New");
    }
};

TEST_F(PartialAnswers, AreNoReadingOfTheWholeUser) {
    const long long job = rename_and_answer({{"displayName", "New"}});

    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(asked("get_user"), 1U);
    expect_mirror_shows_world();
}

TEST_F(PartialAnswers, AreNoReadingWhateverPartTheyTell) {
    const long long job = rename_and_answer(
        {{"displayName", "New"}, {"state", "active"}, {"userPrincipalName", "ada@contoso.com"}}
    );

    finish(job);

    expect_succeeded(job);
    expect_mirror_shows_world();
}

TEST_F(PartialAnswers, AreNoReadingOfAUserWhomTheMirrorDoesNotKnow) {
    const long long job = rename_and_answer({{"displayName", "New"}});
    database_.execute("delete from partner_center.users");

    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(asked("get_user"), 1U);
    EXPECT_EQ(rows("partner_center.users", "state = 'active' and display_name = 'New'"), 1);
}

TEST_F(WriteReadings, AreSparedWhereTheAnswerTellsAll) {
    writable_world();
    const long long job = rename(customer_with_users(), "New");

    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(asked("get_user"), 0U);
    expect_mirror_shows_world();
}

} // namespace
} // namespace pcmirror::testing
