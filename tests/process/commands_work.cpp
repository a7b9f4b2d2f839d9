#include "tests/process/commands_installation.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Jobs that a program works on until none is due.
class JobWork : public ::testing::Test {
  protected:
    JobWork() {
        EXPECT_EQ(installation_.call({"sync", "customers"}).exit_code, 0);
        for (const auto& row : installation_.database.rows(
                 "select customer_id::text from partner_center.customers order by 1 limit 3"
             ))
            customers_.push_back(*row[0]);
    }

    void set_budget(std::size_t number) const {
        const Outcome added = installation_.call(
            {"job",
             "add",
             "update_spending_budget",
             "--customer",
             customers_.at(number),
             "--set",
             "amount=5"}
        );
        EXPECT_EQ(added.exit_code, 0) << added.err;
    }

    void refuse(std::size_t number) const {
        installation_.fault(
            {{"fault", "status"},
             {"status", 400},
             {"operation", "update_spending_budget"},
             {"customer", customers_.at(number)}}
        );
    }

    [[nodiscard]] Outcome work() const {
        return installation_.call({"job", "work", "--until-empty"});
    }

    Installation installation_;
    std::vector<std::string> customers_;
};

TEST_F(JobWork, EndsWithOneWhereJobsFailedAndNamesThem) {
    for (const std::size_t number : {0U, 1U, 2U})
        set_budget(number);
    refuse(0);
    refuse(2);
    const Outcome worked = work();
    EXPECT_EQ(worked.exit_code, 1);
    EXPECT_THAT(worked.out, HasSubstr("3 attempts at jobs\n"));
    EXPECT_THAT(worked.err, HasSubstr("2 jobs failed: 1, 3\n"));
    EXPECT_THAT(worked.err, HasSubstr("hint: pcmirror job show ID says why"));
}

TEST_F(JobWork, EndsWithZeroWhereAllSucceededWhateverFailedBefore) {
    set_budget(0);
    refuse(0);
    EXPECT_EQ(work().exit_code, 1);
    set_budget(1);
    const Outcome worked = work();
    EXPECT_EQ(worked.exit_code, 0) << worked.err;
    EXPECT_THAT(worked.err, Not(HasSubstr("failed")));
}

TEST_F(JobWork, NamesJobsThatWereToldToComeBackLater) {
    set_budget(0);
    set_budget(1);
    installation_.fault(
        {{"fault", "status"},
         {"status", 503},
         {"operation", "update_spending_budget"},
         {"customer", customers_.at(1)}}
    );
    const Outcome worked = work();
    EXPECT_EQ(worked.exit_code, 0);
    EXPECT_THAT(worked.err, HasSubstr("1 job put off, to be tried again: 2\n"));
}

TEST_F(JobWork, EndsWithFourWhereTheApiCannotBeReached) {
    set_budget(0);
    installation_.configure({{"partner_center", {{"api_url", "http://127.0.0.1:1"}}}});
    const Outcome worked = work();
    EXPECT_EQ(worked.exit_code, 4) << worked.err;
    EXPECT_THAT(worked.err, HasSubstr("1 job put off, to be tried again: 1\n"));
    EXPECT_THAT(worked.err, HasSubstr("jobs wait in the queue"));
}

TEST_F(JobWork, EndsWithFourWhereTheApiRefusesTheCredentials) {
    set_budget(0);
    installation_.fault({{"fault", "status"}, {"status", 401}});
    const Outcome worked = work();
    EXPECT_EQ(worked.exit_code, 4);
    EXPECT_THAT(worked.err, HasSubstr("the API refuses a fresh token"));
    EXPECT_THAT(worked.err, HasSubstr("register application"));
}

} // namespace
} // namespace pcmirror::testing
