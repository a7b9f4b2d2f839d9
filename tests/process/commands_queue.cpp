#include "tests/process/commands_installation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

/// The list of jobs, of which one is queued.
class JobList : public ::testing::Test {
  protected:
    JobList() {
        EXPECT_EQ(installation_.call({"sync", "customers"}).exit_code, 0);
        customer_ = installation_.database
                        .value("select customer_id::text from partner_center.customers limit 1")
                        .value();
        EXPECT_EQ(
            installation_
                .call(
                    {"job",
                     "add",
                     "update_spending_budget",
                     "--customer",
                     customer_,
                     "--set",
                     "amount=5"}
                )
                .exit_code,
            0
        );
    }

    [[nodiscard]] std::string listed() const {
        const Outcome list = installation_.call({"job", "list"});
        EXPECT_EQ(list.exit_code, 0) << list.err;
        return list.out;
    }

    Installation installation_;
    std::string customer_;
};

TEST_F(JobList, SaysWhatIsPausedOrHeld) {
    EXPECT_EQ(installation_.call({"job", "pause", "--customer", customer_}).exit_code, 0);
    EXPECT_THAT(listed(), HasSubstr("queued, paused"));
    EXPECT_EQ(installation_.call({"job", "pause"}).exit_code, 0);
    EXPECT_EQ(installation_.call({"job", "resume", "--customer", customer_}).exit_code, 0);
    EXPECT_THAT(listed(), HasSubstr("queued, paused"));
    EXPECT_EQ(installation_.call({"job", "resume"}).exit_code, 0);
    EXPECT_THAT(listed(), HasSubstr("queued  "));
    installation_.database.execute("update pcmirror.jobs set held_at = now()");
    EXPECT_THAT(listed(), HasSubstr("queued, held"));
}

TEST_F(JobList, KnowsNoOtherStates) {
    const Outcome list = installation_.call({"job", "list", "--state", "foo"});
    EXPECT_EQ(list.exit_code, 2);
    EXPECT_THAT(list.err, HasSubstr("unknown state \"foo\""));
    EXPECT_THAT(list.err, HasSubstr("queued, running, succeeded, failed or cancelled"));
}

} // namespace
} // namespace pcmirror::testing
