#include "tests/simulated/write_jobs.hpp"
#include "tests/support/sample_jobs.hpp"

namespace pcmirror::testing {
namespace {

/// What the mirror shows once a job has succeeded, and what is read at once where it does not.
class WriteEffects : public WriteJobs {
  protected:
    /// Queues a job of the catalogue for which the world is ready, and mirrors that world.
    long long enqueue_sample(const std::string& operation, const std::string& resource) {
        const PreparedJob job =
            prepare_jobs(JobWorld(simulator()), *operation_catalogue().find(operation), 1).front();
        customer_ = job.customer;
        engine().pass(resource);
        forget_requests();
        return testing::enqueue(database_, operation, job);
    }

    void expect_subscriptions_shown() const {
        EXPECT_EQ(mirrored(database_, "subscriptions"), truth(simulator(), "subscriptions"));
    }

    std::string customer_; ///< whose job it is
};

TEST_F(WriteEffects, AnOrdersNewBillingCycleIsThatOfItsSubscriptions) {
    writable_world();
    const long long job = enqueue_sample("update_order_billing_cycle", "subscriptions");

    finish(job);

    expect_succeeded(job);
    EXPECT_EQ(effects("update_order_billing_cycle"), 1);
    expect_subscriptions_shown();
    EXPECT_EQ(rows("pcmirror.change_log", "resource = 'subscriptions' and job_id is not null"), 1)
        << "the other subscriptions are left alone";
}

TEST_F(WriteEffects, AnOrdersSubscriptionsAreReadUntilTheyShowItsNewBillingCycle) {
    writable_world();
    const long long job = enqueue_sample("update_order_billing_cycle", "subscriptions");
    simulator().control("POST", "/holds");

    engine().work_jobs([&] {
        if (asked("list_subscriptions", customer_) > 0)
            simulator().control("DELETE", "/holds");
    });

    expect_succeeded(job);
    EXPECT_GT(asked("list_subscriptions", customer_), 1U);
    expect_subscriptions_shown();
}

TEST_F(WriteEffects, WhatIsDueAtOnceIsReadHoweverFreshItIs) {
    writable_world();
    const long long job = enqueue_sample("assign_licenses", "subscribed_skus");
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(scope("last_attempt_at", "subscribed_skus", customer_), "NULL");
    forget_requests();

    const PassReport report = engine().pass("subscribed_skus", {.max_age = std::chrono::hours(1)});

    EXPECT_EQ(report.totals.scopes, 1U) << "the others are fresh";
    EXPECT_GT(asked("list_subscribed_skus", customer_), 0U);
    EXPECT_EQ(mirrored(database_, "subscribed_skus"), truth(simulator(), "subscribed_skus"));
}

TEST_F(WriteEffects, WhoseLicensesCouldNotBeReadIsAskedForThemAtOnce) {
    writable_world();
    const long long job = enqueue_sample("assign_licenses", "subscribed_skus");
    fault({{"fault", "status"}, {"status", 403}, {"operation", "list_user_licenses"}});
    finish(job);
    EXPECT_EQ(field(job, "state"), "succeeded");
    EXPECT_EQ(field(job, "confirmed"), "false");
    no_faults();
    forget_requests();

    const PassReport report = engine().pass("user_licenses", {.only_unasked = true});

    EXPECT_EQ(report.totals.scopes, 1U);
    EXPECT_EQ(mirrored(database_, "user_licenses"), truth(simulator(), "user_licenses"));
    EXPECT_LE(requests().size(), 2U) << "one user's, in both groups of licenses";
}

TEST_F(WriteEffects, ANewUserWhoWasChangedSinceStaysWhileListingsLackThem) {
    writable_world();
    const long long creation = enqueue_sample("create_user", "users");
    simulator().control("POST", "/holds", {{"reads", "listings"}});
    finish(creation);
    expect_succeeded(creation);
    const std::string user =
        database_.value("select user_id from partner_center.users where display_name = 'Ada'")
            .value();
    const long long change =
        enqueue("update_user", {{"user_id", user}, {"display_name", "Ada Lovelace"}}, customer_);
    finish(change);
    expect_succeeded(change);

    engine().pass("users");
    EXPECT_EQ(rows("partner_center.users", "display_name = 'Ada Lovelace'"), 1);
    simulator().control("DELETE", "/holds");
    engine().pass("users");
    expect_mirror_shows_world();
}

TEST_F(WriteEffects, ARemovedCustomerStaysAwayWhileListingsStillShowIt) {
    writable_world();
    const long long job = enqueue_sample("remove_reseller_relationship", "customers");
    simulator().control("POST", "/holds", {{"reads", "listings"}});
    finish(job);
    expect_succeeded(job);

    engine().pass("customers");
    EXPECT_EQ(rows("partner_center.customers", "customer_id = '" + customer_ + "'"), 0);
    simulator().control("DELETE", "/holds");
    engine().pass("customers");
    expect_mirror_shows_world();
}

} // namespace
} // namespace pcmirror::testing
