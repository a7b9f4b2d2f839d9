#include "schema/operation_catalogue.hpp"
#include "sync/write/job_batch.hpp"
#include "sync/write/operation_store.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <thread>

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string contoso = guid(1);
const std::string fabrikam = guid(2);

/// A batch is queued as a whole or not at all.
class JobBatch : public MirrorFixture {
  protected:
    JobBatch() {
        add_customers({contoso, fabrikam});
        database_.execute(
            "update partner_center.customers set domain = case customer_id when '" + contoso +
            "' then 'Contoso.com' else 'fabrikam.com' end"
        );
        pool_.run_now("writing the operations", [&](pqxx::connection& connection) {
            pqxx::work work(connection);
            write_operations(work, operation_catalogue(), AllowedOperations({}), session_.id());
            work.commit();
        });
    }

    static BatchJob
    rename(int user, const std::string& key = "", const std::string& whose = contoso) {
        BatchJob job;
        job.line = static_cast<std::uint64_t>(user) + 1;
        job.job.operation = "update_user";
        job.job.customer_id = whose;
        job.job.payload =
            fmt::format(R"({{"user_id": "{}", "display_name": "N{}"}})", guid(user), user);
        job.job.idempotency_key = key;
        return job;
    }

    BatchOutcome queue(const std::vector<BatchJob>& jobs, std::size_t at_once = 2) {
        return queue_batch(pool_, [&] {
            return [&jobs, at_once, from = std::size_t{0}]() mutable {
                const std::size_t to = std::min(from + at_once, jobs.size());
                std::vector<BatchJob> some(
                    jobs.begin() + static_cast<std::ptrdiff_t>(from),
                    jobs.begin() + static_cast<std::ptrdiff_t>(to)
                );
                from = to;
                return some;
            };
        });
    }

    [[nodiscard]] long long queued() const {
        return database_.number("select count(*) from pcmirror.write_jobs");
    }

    /// All that a batch is told about the lines that are refused.
    static std::string words(const BatchOutcome& outcome) {
        std::string all;
        for (const RefusedLine& line : outcome.reasons)
            all += fmt::format("{}: {}\n", line.line, line.why);
        return all;
    }
};

TEST_F(JobBatch, QueuesAllInTheirOrder) {
    const BatchOutcome outcome = queue({rename(1), rename(2), rename(3), rename(4), rename(5)});
    EXPECT_EQ(outcome.refused, 0U) << words(outcome);
    ASSERT_THAT(outcome.jobs, SizeIs(5));
    const auto rows = database_.rows(
        "select job_id::text, payload ->> 'display_name' from pcmirror.write_jobs order by job_id"
    );
    for (std::size_t at = 0; at < rows.size(); ++at) {
        EXPECT_EQ(rows[at][0], std::to_string(outcome.jobs[at].job_id));
        EXPECT_EQ(rows[at][1], fmt::format("N{}", at + 1));
        EXPECT_EQ(outcome.jobs[at].line, at + 2);
        EXPECT_TRUE(outcome.jobs[at].is_new);
    }
}

TEST_F(JobBatch, QueuesNothingWhereALineIsRefusedAndNamesThemAll) {
    BatchJob no_name = rename(2);
    no_name.job.payload = R"({"user_id": "x"})";
    BatchJob known_bad = rename(3);
    known_bad.problem = "it is not UTF-8";
    BatchJob late = rename(4);
    late.job.run_after = "next tuesday";
    BatchJob unheard_of = rename(5);
    unheard_of.job.operation = "rename_user";
    BatchJob spends = rename(6);
    spends.job.operation = "update_order_billing_cycle";
    const BatchOutcome outcome = queue(
        {rename(1),
         no_name,
         known_bad,
         late,
         unheard_of,
         spends,
         rename(7, "", guid(99)),
         rename(8, "", "nobody.com"),
         rename(9, std::string(501, 'k')),
         rename(10)}
    );
    EXPECT_EQ(queued(), 0);
    EXPECT_THAT(outcome.jobs, IsEmpty());
    EXPECT_EQ(outcome.lines, 10U);
    EXPECT_EQ(outcome.refused, 8U);
    EXPECT_THAT(
        words(outcome),
        AllOf(
            HasSubstr("3: update_user: user_id must be a GUID"),
            HasSubstr("4: it is not UTF-8"),
            HasSubstr("5: run_after must be a time"),
            HasSubstr("6: unknown operation \"rename_user\""),
            HasSubstr("7: operation \"update_order_billing_cycle\" is not allowed"),
            HasSubstr("8: update_user: customer " + guid(99) + " is not mirrored"),
            HasSubstr("9: the mirror has no customer with id or domain \"nobody.com\""),
            HasSubstr("10: update_user: idempotency_key must have 1 to 500 characters")
        )
    );
}

TEST_F(JobBatch, FindsCustomersByDomainInAnyCase) {
    const BatchOutcome outcome =
        queue({rename(1, "", "contoso.COM"), rename(2, "", "Fabrikam.com"), rename(3, "", contoso)}
        );
    EXPECT_EQ(outcome.refused, 0U) << words(outcome);
    EXPECT_EQ(
        database_.number(
            "select count(*) from pcmirror.write_jobs where customer_id = '" + contoso + "'"
        ),
        2
    );
    database_.execute("update partner_center.customers set domain = 'same.com'");
    EXPECT_THAT(
        words(queue({rename(4, "", "same.com")})), HasSubstr("several customers have the domain")
    );
}

TEST_F(JobBatch, CanBeQueuedAgain) {
    const std::vector<BatchJob> jobs{rename(1, "a"), rename(2, "b"), rename(3, "c")};
    const BatchOutcome first = queue(jobs);
    BatchJob one_more = rename(4, "d");
    std::vector<BatchJob> longer = jobs;
    longer.push_back(one_more);
    const BatchOutcome again = queue(longer);
    ASSERT_EQ(again.refused, 0U) << words(again);
    ASSERT_THAT(again.jobs, SizeIs(4));
    for (std::size_t at = 0; at < 3; ++at) {
        EXPECT_EQ(again.jobs[at].job_id, first.jobs[at].job_id);
        EXPECT_FALSE(again.jobs[at].is_new);
    }
    EXPECT_TRUE(again.jobs[3].is_new);
    EXPECT_EQ(queued(), 4);
}

TEST_F(JobBatch, RefusesAKeyOfAnotherJob) {
    ASSERT_EQ(queue({rename(1, "a")}).refused, 0U);
    EXPECT_THAT(
        words(queue({rename(2, "b"), rename(3, "a")})),
        AllOf(
            HasSubstr("4: update_user: idempotency_key \"a\" belongs to job "), Not(HasSubstr("3:"))
        )
    );
    EXPECT_THAT(
        words(queue({rename(4, "c"), rename(5, "c"), rename(4, "e"), rename(6, "c")})),
        AllOf(
            HasSubstr("6: update_user: idempotency_key \"c\" was given to another job just before"),
            HasSubstr("7: update_user: idempotency_key \"c\" was given to another job just before")
        )
    ) << "in the same statement and in another one";
    EXPECT_EQ(queued(), 1);

    const BatchOutcome twice = queue({rename(4, "c"), rename(4, "c")});
    ASSERT_THAT(twice.jobs, SizeIs(2)) << words(twice);
    EXPECT_EQ(twice.jobs[0].job_id, twice.jobs[1].job_id);
    EXPECT_FALSE(twice.jobs[1].is_new);
}

TEST_F(JobBatch, KeepsSecretsApartAndNamesNone) {
    BatchJob user;
    user.line = 2;
    user.job.operation = "create_user";
    user.job.customer_id = contoso;
    user.job.idempotency_key = "k";
    user.job.payload = R"({"user_principal_name": "a@b.c", "display_name": "A",
        "usage_location": "FR", "password": "Geheim4711*"})";
    ASSERT_EQ(queue({user, rename(2)}).refused, 0U);
    EXPECT_EQ(
        database_.number("select count(*) from pcmirror.jobs j where j::text like '%Geheim%'"), 0
    );
    EXPECT_EQ(*database_.value("select value from pcmirror.job_secrets"), "Geheim4711*");

    BatchJob other = user;
    other.job.payload = R"({"user_principal_name": "a@b.c", "display_name": "A",
        "usage_location": "FR", "password": "Another4711*"})";
    const std::string differs = words(queue({other}));
    EXPECT_THAT(differs, AllOf(HasSubstr("differ"), Not(HasSubstr("4711"))));
    other.job.payload = R"({"password": ["Geheim4711*"], "display_name": "A"})";
    EXPECT_THAT(
        words(queue({other})), AllOf(HasSubstr("password must be a text"), Not(HasSubstr("4711")))
    );
}

TEST_F(JobBatch, ShowsSomeDozensOfReasonsAndCountsTheRest) {
    std::vector<BatchJob> jobs;
    for (int user = 1; user <= 100; ++user)
        jobs.push_back(rename(user, "", guid(99)));
    const BatchOutcome outcome = queue(jobs, 30);
    EXPECT_EQ(outcome.refused, 100U);
    EXPECT_THAT(outcome.reasons, SizeIs(40));
    EXPECT_EQ(outcome.reasons.back().line, 41U);
}

TEST_F(JobBatch, LeavesNothingBehindWhenTheFileBreaksOff) {
    EXPECT_THROW(
        queue_batch(
            pool_,
            [&] {
                return [&, calls = 0]() mutable -> std::vector<BatchJob> {
                    if (++calls == 2)
                        throw Error(Recovery::fix_config, "jobs.csv can't be read");
                    return {rename(1)};
                };
            }
        ),
        Error
    );
    EXPECT_EQ(queued(), 0);
}

TEST_F(JobBatch, IsQueuedByOperators) {
    // Roles are the cluster's, which other tests share.
    const std::string who = database_.name() + "_operator";
    database_.execute("create role " + who + " login in role pcmirror_operator");
    {
        DatabasePool pool(loop_.get_executor(), Secret(database_.url_as(who)), 1, "operator");
        bool given = false;
        const BatchOutcome outcome = queue_batch(pool, [&] {
            return [&]() -> std::vector<BatchJob> {
                if (std::exchange(given, true))
                    return {};
                return {rename(1, "", "contoso.com")};
            };
        });
        EXPECT_EQ(outcome.refused, 0U) << words(outcome);
    }
    EXPECT_EQ(*database_.value("select created_by from pcmirror.write_jobs"), who);
    database_.execute("drop role " + who);
}

} // namespace
} // namespace pcmirror::testing
