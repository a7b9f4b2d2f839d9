#include "tests/simulated/write_jobs.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

/// When jobs are done, and when not.
class WriteOrder : public WriteJobs {
  protected:
    void writable_world_with_one_worker() { writable_world({{"write_back", {{"workers", 1}}}}); }

    struct Two {
        long long sent = 0;
        long long claimed = 0;
    };

    /// Jobs of two customers for one worker, the first of which is answered once the faults are
    /// cleared.
    Two enqueue_two() {
        fault({{"fault", "held_answer"}, {"operation", "update_user"}, {"times", 1}});
        const std::string customer = customer_with_users();
        return {rename(customer, "sent"), rename(another_than(customer), "claimed")};
    }

    /// The first one has left, the second one waits for the worker.
    [[nodiscard]] bool is_sent_and_claimed(const Two& two) const {
        return asked("update_user") == 1 && field(two.claimed, "state") == "running";
    }
};

TEST_F(WriteOrder, WaitsForWhatCouldNotEvenBeRead) {
    writable_world();
    const Whose whose = a_subscription();
    fault(
        {{"fault", "status"},
         {"operation", "get_subscription"},
         {"status", 503},
         {"retry_after", 0},
         {"times", 8}}
    );
    const long long first = rename_subscription(whose, "first");
    const long long second = rename_subscription(whose, "second");
    engine().work_jobs();
    EXPECT_EQ(field(second, "state"), "queued");
    EXPECT_EQ(field(second, "blocked_by"), std::to_string(first));
    finish(second);
    expect_succeeded(first);
    expect_succeeded(second);
    EXPECT_EQ(rows("partner_center.subscriptions", "friendly_name = 'second'"), 1);
}

TEST_F(WriteOrder, NeitherWhatIsForLaterNorWhatFailedBlocksOthers) {
    writable_world();
    const std::string customer = customer_with_users();
    const long long later = database_.number(fmt::format(
        "select pcmirror.enqueue_job('update_user', '{}', $${}$$, run_after => now() + interval '1 "
        "hour')",
        customer,
        json({{"user_id", a_user(customer)}, {"display_name", "later"}}).dump()
    ));
    const long long fails =
        enqueue("delete_user", {{"user_id", "1a2b3c4d-0000-4000-8000-123456789012"}}, customer);
    const long long now = rename(customer, "now");
    engine().work_jobs();
    EXPECT_EQ(field(later, "state"), "queued");
    EXPECT_EQ(field(fails, "state"), "failed");
    expect_succeeded(now);
}

TEST_F(WriteOrder, DoesNotGiveUpWhatWaitedBeforeItWasEverTried) {
    writable_world();
    const long long job = rename(customer_with_users(), "New");
    database_.execute("update pcmirror.jobs set created_at = created_at - interval '30 days'");
    engine().work_jobs();
    expect_succeeded(job);
}

TEST_F(WriteOrder, HoldsBackWhatWasClaimedBeforeThePause) {
    writable_world_with_one_worker();
    const Two two = enqueue_two();
    engine().work_jobs([&] {
        if (!is_sent_and_claimed(two))
            return;
        database_.execute("select pcmirror.pause_jobs()");
        no_faults();
    });
    expect_succeeded(two.sent);
    EXPECT_EQ(field(two.claimed, "state"), "queued");
    EXPECT_EQ(field(two.claimed, "attempts"), "0");
    EXPECT_FALSE(field(two.claimed, "last_error"));
    EXPECT_EQ(effects("update_user"), 1);

    database_.execute("select pcmirror.resume_jobs()");
    finish(two.claimed);
    expect_succeeded(two.claimed);
}

TEST_F(WriteOrder, HoldsBackThePausedAndTheThrottledCustomerOnly) {
    writable_world();
    const auto two = database_.rows("select distinct customer_id::text from partner_center.users "
                                    "where state = 'active' order by 1 limit 2");
    const std::string customer = two.at(0)[0].value();
    const long long waits = rename(customer, "waits");
    const long long goes_on = rename(two.at(1)[0].value(), "goes on");
    database_.execute("select pcmirror.pause_jobs('" + customer + "')");
    engine().work_jobs();
    expect_succeeded(goes_on);
    EXPECT_EQ(field(waits, "state"), "queued");

    database_.execute("select pcmirror.resume_jobs('" + customer + "')");
    database_.execute(
        "insert into pcmirror.throttled_customers values ('" + customer +
        "', now() + interval '1 hour')"
    );
    engine().work_jobs();
    EXPECT_EQ(field(waits, "attempts"), "0");

    database_.execute("delete from pcmirror.throttled_customers");
    finish(waits);
    expect_succeeded(waits);
}

TEST_F(WriteOrder, CancelsWhatIsClaimedAndHasNotLeft) {
    writable_world_with_one_worker();
    const Two two = enqueue_two();
    std::string refused;
    engine().work_jobs([&] {
        if (!refused.empty() || !is_sent_and_claimed(two))
            return;
        EXPECT_EQ(
            database_.value(fmt::format("select pcmirror.cancel_job({})", two.claimed)),
            "cancelling"
        );
        try {
            database_.execute(fmt::format("select pcmirror.cancel_job({})", two.sent));
            refused = "it was not";
        } catch (const std::exception& error) {
            refused = error.what();
        }
        no_faults();
    });
    EXPECT_THAT(refused, HasSubstr("its request has left; wait until it ends"));
    expect_succeeded(two.sent);
    EXPECT_EQ(field(two.claimed, "state"), "cancelled");
    EXPECT_EQ(effects("update_user"), 1);
}

TEST_F(WriteOrder, StartsWhatBecomesDueBesideABulkOfOthers) {
    writable_world_with_one_worker();
    const std::string customer = customer_with_users();
    const std::string other = another_than(customer);
    fault({{"fault", "slow_first_byte"}, {"operation", "update_user"}, {"milliseconds", 10}});
    database_.execute(fmt::format(
        "select pcmirror.enqueue_job('update_user', '{}', jsonb_build_object('user_id', '{}', "
        "'display_name', 'Renamed ' || n)) from generate_series(1, 400) n",
        customer,
        a_user(customer)
    ));
    const long long later = database_.number(fmt::format(
        "select pcmirror.enqueue_job('update_user', '{}', $${}$$, run_after => now() + interval "
        "'500 milliseconds')",
        other,
        json({{"user_id", a_user(other)}, {"display_name", "later"}}).dump()
    ));
    engine().work_jobs();
    expect_succeeded(later);
    EXPECT_GT(
        database_.number(fmt::format(
            "select count(*) from pcmirror.write_jobs where started_at > (select started_at from "
            "pcmirror.write_jobs where job_id = {})",
            later
        )),
        0
    );
}

TEST_F(WriteOrder, AsksLessAndLessOften) {
    writable_world();
    fault({{"fault", "status"}, {"operation", "update_user"}, {"status", 503}, {"retry_after", 0}});
    const long long job = rename(customer_with_users(), "New");
    double before = 0;
    for (int round = 0; round < 4; ++round) {
        engine().work_jobs();
        before = pause_of(job);
        database_.execute("update pcmirror.jobs set run_after = now()");
    }
    EXPECT_GT(before, 2.9) << "1 s, then twice as long each time, at least half of it";
}

TEST_F(WriteOrder, WaitsForAsLongAsItIsAskedTo) {
    writable_world();
    fault(
        {{"fault", "status"},
         {"operation", "update_user"},
         {"status", 503},
         {"retry_after", 600},
         {"times", 1}}
    );
    const long long job = rename(customer_with_users(), "New");
    engine().work_jobs();
    EXPECT_GT(pause_of(job), 500);
}

TEST_F(WriteOrder, KeepsWhatEachAttemptWasAnswered) {
    writable_world();
    const Whose whose = a_subscription();
    fault(
        {{"fault", "status"},
         {"operation", "update_subscription"},
         {"status", 400},
         {"code", 2055},
         {"times", 5}}
    );
    const long long job = rename_subscription(whose, "New");
    engine().work_jobs();
    // What is claimed again and can't even read has made no attempt.
    no_faults();
    fault(
        {{"fault", "status"},
         {"operation", "get_subscription"},
         {"status", 503},
         {"retry_after", 0},
         {"times", 8}}
    );
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(
        database_.value("select string_agg(outcome || ' ' || http_status, ', ' order by attempt) "
                        "from pcmirror.write_job_attempts"),
        "later 400, later 400, later 400, later 400, succeeded 200"
    );
}

TEST_F(WriteOrder, GoesOnWhereAnotherDaemonClaimsOfTheSameCustomer) {
    writable_world();
    const std::string customer = customer_with_users();
    const long long first = rename(customer, "first");
    const long long urgent = database_.number(fmt::format(
        "select pcmirror.enqueue_job('update_user', '{}', $${}$$, priority => 5)",
        customer,
        json({{"user_id", a_user(customer)}, {"display_name", "urgent"}}).dump()
    ));
    // It claims the first one, and commits once this one waits for the lane.
    pqxx::connection other(database_.secret_url().reveal());
    pqxx::work claims(other);
    const auto daemon = claims
                            .exec("insert into pcmirror.daemons (host, pid, version, kind) values "
                                  "('other', 1, '1', 'run') returning daemon_id")[0][0]
                            .as<long long>();
    claims.exec(fmt::format(
        "update pcmirror.jobs set state = 'running', lease_daemon = {}, lease_token = 4711, "
        "request_id = gen_random_uuid(), "
        "started_at = now() where job_id = {}",
        daemon,
        first
    ));
    bool committed = false;
    engine().work_jobs([&] {
        if (!committed && database_.value("select exists (select from pg_stat_activity where "
                                          "datname = current_database() and wait_event_type = "
                                          "'Lock' and application_name like 'pcmirror%')") == "t") {
            claims.commit();
            committed = true;
        }
    });
    EXPECT_TRUE(committed);
    finish(urgent);
    expect_succeeded(first);
    expect_succeeded(urgent);
}

} // namespace
} // namespace pcmirror::testing
