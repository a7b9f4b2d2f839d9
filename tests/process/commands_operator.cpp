#include "tests/process/commands_installation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Somebody with pcmirror_operator and nothing more.
class Operator : public ::testing::Test {
  protected:
    Operator() { database().execute("create role " + who_ + " login in role pcmirror_operator"); }

    ~Operator() override { database().execute("drop role " + who_); }

    [[nodiscard]] const TestDatabase& database() const { return installation_.database; }

    void act_as_operator(nlohmann::json settings = nlohmann::json::object()) {
        settings["database"] = {{"url", database().url_as(who_)}, {"migrate_on_start", false}};
        installation_.configure(settings);
    }

    void mirror_customers() {
        ASSERT_EQ(installation_.call({"sync", "customers"}).exit_code, 0);
        customer_ = database()
                        .value("select customer_id::text from partner_center.customers limit 1")
                        .value();
    }

    [[nodiscard]] Outcome add() const {
        return installation_.call(
            {"job", "add", "update_spending_budget", "--customer", customer_, "--set", "amount=5"}
        );
    }

    Installation installation_;
    std::string who_ = database().name() + "_operator"; // Roles are the cluster's.
    std::string customer_;
};

TEST_F(Operator, QueuesJobsAndLooksAfterThem) {
    mirror_customers();
    ASSERT_EQ(installation_.call({"job", "work", "--until-empty"}).exit_code, 0);
    act_as_operator();
    const Outcome added = add();
    EXPECT_EQ(added.exit_code, 0) << added.err;
    EXPECT_EQ(added.out, "1\n");
    for (const char* command : {"show", "cancel", "retry"}) {
        const Outcome outcome = installation_.call({"job", command, "1"});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    }
    for (const char* command : {"list", "pause", "resume", "release"}) {
        const Outcome outcome = installation_.call({"job", command});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    }
}

TEST_F(Operator, QueuesByWhatTheDaemonsSayWhereTheOwnFileSaysOtherwise) {
    mirror_customers();
    ASSERT_EQ(installation_.call({"job", "work", "--until-empty"}).exit_code, 0);
    act_as_operator({{"write_back", {{"operations", {"delete_user"}}}}});
    EXPECT_EQ(add().exit_code, 0);
}

TEST_F(Operator, IsToldToStartADaemonWhereNoneSaidWhatMayBeQueued) {
    mirror_customers();
    database().execute("delete from pcmirror.operations; delete from pcmirror.operations_written");
    act_as_operator();
    const Outcome added = add();
    EXPECT_EQ(added.exit_code, 2) << added.err;
    EXPECT_THAT(added.err, HasSubstr("no daemon has written its catalogue"));
    EXPECT_THAT(added.err, HasSubstr("Start pcmirror run"));
    EXPECT_THAT(added.err, Not(HasSubstr("pcmirror_daemon")));
}

} // namespace
} // namespace pcmirror::testing
