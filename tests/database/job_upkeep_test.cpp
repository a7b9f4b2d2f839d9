#include "schema/operation_catalogue.hpp"
#include "sync/write/job_store.hpp"
#include "sync/write/operation_store.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <future>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

const std::string contoso = guid(1);

// What becomes of the queue as time goes by, and what figures say of it.

class JobUpkeep : public MirrorFixture {
  protected:
    JobUpkeep() {
        add_customers({contoso, guid(2)});
        pool_.run_now("writing the operations", [&](pqxx::connection& connection) {
            pqxx::work work(connection);
            write_operations(work, operation_catalogue(), AllowedOperations({}), session_.id());
            work.commit();
        });
    }

    static std::string enqueue_sql(const std::string& key) {
        return fmt::format(
            "select pcmirror.enqueue_job('update_user', '{}', '{{\"user_id\": \"{}\", "
            "\"display_name\": \"Ada\"}}', '{}')",
            contoso,
            guid(7),
            key
        );
    }

    [[nodiscard]] long long enqueue(const std::string& key) const {
        return database_.number(enqueue_sql(key));
    }

    void end(long long job, const std::string& ago) const {
        database_.execute(fmt::format(
            "update pcmirror.jobs set state = 'succeeded', confirmed = true, finished_at = now() - "
            "interval '{}' where job_id = {}",
            ago,
            job
        ));
    }

    [[nodiscard]] long long count(const std::string& from) const {
        return database_.number("select count(*) from pcmirror." + from);
    }
};

TEST_F(JobUpkeep, RemovesWhatEndedLongAgoWithItsAttemptsAndItsKey) {
    const long long old = enqueue("old");
    const long long fresh = enqueue("fresh");
    const long long waits = enqueue("waits");
    database_.execute(fmt::format(
        "insert into pcmirror.write_job_attempts (job_id, attempt, request_id, daemon_id) values "
        "({}, 1, gen_random_uuid(), 1)",
        old
    ));
    end(old, "91 days");
    end(fresh, "89 days");

    EXPECT_EQ(wait_for(prune_jobs(pool_, std::chrono::hours(24 * 90), 100)), 1);

    EXPECT_EQ(count("write_jobs"), 2);
    EXPECT_EQ(count("write_job_attempts"), 0);
    EXPECT_NE(enqueue("old"), old) << "its key may be used again";
    EXPECT_EQ(enqueue("fresh"), fresh);
    EXPECT_EQ(enqueue("waits"), waits);
}

TEST_F(JobUpkeep, WipesAfterADayWhatOnlyAnAnswerHadAndNobodyFetched) {
    const long long job = enqueue("k");
    end(job, "2 days");
    database_.execute(fmt::format(
        "insert into pcmirror.job_secrets (job_id, field, value, of_answer, created_at) values "
        "({}, 'answer', 'Geheim', true, now() - interval '25 hours')",
        job
    ));
    wait_for(prune_jobs(pool_, std::chrono::hours(24 * 90), 100));
    EXPECT_EQ(count("job_secrets"), 0);
}

TEST_F(JobUpkeep, HandsASecretOutOnce) {
    const long long job = enqueue("k");
    end(job, "1 hour");
    database_.execute(fmt::format(
        "insert into pcmirror.job_secrets (job_id, field, value, of_answer) values ({}, 'answer', "
        "'Geheim', true)",
        job
    ));
    const std::string fetch = fmt::format("select pcmirror.job_secret({})", job);
    EXPECT_EQ(database_.value(fetch), "Geheim");
    EXPECT_THROW(database_.value(fetch), std::exception);
    EXPECT_EQ(count("job_secrets"), 0);
}

TEST_F(JobUpkeep, ForgetsTouchesOnceNoPollCanBeOlder) {
    database_.execute("insert into pcmirror.touched_rows (resource, customer_id, key, asked_at, "
                      "expires_at) select 'users', null, to_jsonb(n), now(), now() - n * interval "
                      "'20 hours' from generate_series(0, 2) n");
    wait_for(prune_jobs(pool_, std::chrono::hours(24 * 90), 100));
    EXPECT_EQ(count("touched_rows"), 2);
}

TEST_F(JobUpkeep, CountsTheQueueByStateAndOperation) {
    end(enqueue("a"), "1 hour");
    static_cast<void>(enqueue("b"));
    const long long tried = enqueue("c");
    const long long held = enqueue("d");
    database_.execute(fmt::format("update pcmirror.jobs set begun = true where job_id = {}", tried)
    );
    database_.execute(
        fmt::format("update pcmirror.jobs set held_at = now() where job_id = {}", held)
    );
    EXPECT_EQ(
        database_.value("select string_agg(format('%s %s %s %s %s', operation, state, jobs, "
                        "retrying, held), ', ' order by state) from pcmirror.job_stats"),
        "update_user queued 3 1 1, update_user succeeded 1 0 0"
    );
}

TEST_F(JobUpkeep, OneKeyIsOneJobAlsoWhereTwoQueueItAtOnce) {
    pqxx::connection one(database_.url());
    pqxx::work first(one);
    const auto job = first.exec(enqueue_sql("same"))[0][0].as<long long>();
    std::future<long long> second = std::async(std::launch::async, [&] { return enqueue("same"); });
    while (database_.value("select exists (select from pg_stat_activity where datname = "
                           "current_database() and wait_event_type = 'Lock')") != "t")
        continue;
    first.commit();
    EXPECT_EQ(second.get(), job);
    EXPECT_EQ(count("write_jobs"), 1);
}

TEST_F(JobUpkeep, LetsGoOnWhatIsHeldOfOneCustomerOrOfAll) {
    const long long job = enqueue("a");
    database_.execute(fmt::format(
        "select pcmirror.enqueue_job('update_user', '{}', '{{\"user_id\": \"{}\", "
        "\"display_name\": \"Ada\"}}')",
        guid(2),
        guid(7)
    ));
    database_.execute("update pcmirror.jobs set held_at = now()");
    EXPECT_EQ(database_.number(fmt::format("select pcmirror.release_jobs('{}')", contoso)), 1);
    EXPECT_EQ(
        database_.number("select job_id from pcmirror.write_jobs where held_at is null"), job
    );
    EXPECT_EQ(database_.number("select pcmirror.release_jobs()"), 1);
}

} // namespace
} // namespace pcmirror::testing
