#include "config/log_repeats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A log that is told the time.
class RepeatedLines : public ::testing::Test {
  protected:
    int write(const char* name, int lines) {
        int written = 0;
        for (int line = 0; line < lines; ++line)
            written += limit_.take(name, now_) ? 1 : 0;
        return written;
    }

    RepeatLimit limit_;
    RepeatLimit::Instant now_{};
};

TEST_F(RepeatedLines, AreWrittenUpToSoManyAMinute) {
    EXPECT_EQ(write("a", 500), RepeatLimit::lines_a_minute);
    EXPECT_EQ(write("b", 5), 5) << "another event is not in the way";
    now_ += 1min;
    ASSERT_THAT(limit_.over(now_), SizeIs(1));
    EXPECT_EQ(write("a", 5), 5);
}

TEST_F(RepeatedLines, AreToldOfByTheirNumberOnceTheMinuteIsOver) {
    write("a", RepeatLimit::lines_a_minute + 7);
    EXPECT_THAT(limit_.over(now_), IsEmpty());
    now_ += 61s;
    const auto left = limit_.over(now_);
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left.front().name, "a");
    EXPECT_EQ(left.front().lines, 7U);
    now_ += 61s;
    EXPECT_THAT(limit_.over(now_), IsEmpty());
}

TEST_F(RepeatedLines, AreToldOfAtTheEndInAnyCase) {
    write("a", RepeatLimit::lines_a_minute + 1);
    EXPECT_THAT(limit_.rest(), SizeIs(1));
}

TEST_F(RepeatedLines, ThatKeepBelowTheLimitAreNeverLeftOut) {
    for (int minute = 0; minute < 10; ++minute) {
        EXPECT_EQ(write("a", 100), 100);
        now_ += 1min;
        EXPECT_THAT(limit_.over(now_), IsEmpty());
    }
}

} // namespace
} // namespace pcmirror
