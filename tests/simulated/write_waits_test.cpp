#include "tests/simulated/write_jobs.hpp"

namespace pcmirror::testing {
namespace {

/// One customer's trouble, one worker for all of them.
class WriteWaits : public WriteJobs {
  protected:
    struct Two {
        long long waits = 0; ///< it has to read the customer's subscription first
        long long goes_on = 0;
    };

    [[nodiscard]] Two enqueue_two() const {
        const Whose whose = a_subscription();
        return {
            rename_subscription(whose, "Renamed"), rename(another_than(whose.customer), "Other")};
    }
};

TEST_F(WriteWaits, AThrottledReadWaitsInTheQueueForAsLongAsItIsAskedTo) {
    writable_world({{"write_back", {{"workers", 1}}}});
    fault(
        {{"fault", "status"},
         {"operation", "get_subscription"},
         {"status", 429},
         {"retry_after", 20},
         {"times", 1}}
    );
    const Two two = enqueue_two();
    engine().work_jobs();
    expect_succeeded(two.goes_on);
    EXPECT_EQ(field(two.waits, "state"), "queued");
    EXPECT_GT(pause_of(two.waits), 15);
    EXPECT_EQ(asked("get_subscription"), 1U);
}

TEST_F(WriteWaits, AReadThatGetsNoAnswerIsAskedAgainOnceOthersHadTheirTurn) {
    writable_world({{"write_back", {{"workers", 1}}}});
    fault({{"fault", "hang_before"}, {"operation", "get_subscription"}, {"times", 1}});
    const Two two = enqueue_two();
    finish(two.waits);
    expect_succeeded(two.goes_on);
    expect_succeeded(two.waits);
    std::vector<std::string> order;
    for (const json& request : requests())
        order.push_back(request.at("endpoint"));
    EXPECT_THAT(
        order,
        ::testing::ElementsAre(
            "get_subscription", "update_user", "get_subscription", "update_subscription"
        )
    );
}

TEST_F(WriteWaits, WhatASignInKeptWaitingGoesOnSoonAfterItIsMended) {
    writable_world();
    const Two two = enqueue_two();
    // It has been so for long.
    database_.execute("update pcmirror.jobs set delays = 20");
    engine({{"write_back", {{"operations", operation_names()}}}});
    fault({{"fault", "token_error"}, {"aadsts", 700082}});
    EXPECT_THROW(engine().work_jobs(), Error);
    for (const long long job : {two.waits, two.goes_on}) {
        EXPECT_EQ(field(job, "state"), "queued");
        EXPECT_LE(pause_of(job), 60) << "the sign-in is tried once a minute";
    }
    no_faults();
    engine({{"write_back", {{"operations", operation_names()}}}});
    finish(two.waits);
    expect_succeeded(two.waits);
}

} // namespace
} // namespace pcmirror::testing
