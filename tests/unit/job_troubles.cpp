#include "daemon/job_troubles.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

TEST(JobTroubles, AreToldOnceWhileTheyGoOn) {
    JobTroubles troubles;
    EXPECT_TRUE(troubles.is_news("the database is away", 1h));
    EXPECT_FALSE(troubles.is_news("the database is away", 1s));
    EXPECT_TRUE(troubles.is_news("the schema is altered", 1s));
    EXPECT_TRUE(troubles.is_news("the database is away", 1s));
}

TEST(JobTroubles, AreToldAgainWhenTheyComeBack) {
    JobTroubles troubles;
    troubles.is_news("the database is away", 1s);
    EXPECT_TRUE(troubles.is_news("the database is away", 168h));
}

} // namespace
} // namespace pcmirror
