#include "config/log.hpp"

#include <cstdio>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <thread>
#include <vector>

namespace pcmirror::test {

namespace {

using testing::HasSubstr;
using testing::Not;

/// Gives the log back as the other tests expect it.
class Log : public testing::Test {
  protected:
    void TearDown() override {
        set_log_interleave(nullptr, nullptr);
        set_up_log({.level = "warn"});
    }

    template <class Action> static std::string written(Action action) {
        testing::internal::CaptureStderr();
        action();
        return testing::internal::GetCapturedStderr();
    }
};

} // namespace

TEST_F(Log, WritesWhatIsSevereEnough) {
    set_up_log({.level = "info"});

    const std::string text = written([] {
        event(Level::debug, "page.read", {});
        event(Level::info, "run.started", {{field::daemon, 1}});
        event(Level::error, "run.failed", {{field::error, "no way"}});
    });

    EXPECT_THAT(text, Not(HasSubstr("page.read")));
    EXPECT_THAT(text, HasSubstr(" info run.started daemon=1\n"));
    EXPECT_THAT(text, HasSubstr(" error run.failed error=\"no way\"\n"));
    EXPECT_FALSE(logs(Level::debug));
    EXPECT_TRUE(logs(Level::info));
}

TEST_F(Log, WritesJsonWhereThatIsWanted) {
    set_up_log({.level = "trace", .json = true});

    const std::string text = written([] { event(Level::trace, "sql", {{"text", "{}"}}); });

    EXPECT_THAT(text, HasSubstr(R"("level":"trace","event":"sql","text":"{}"})"));
}

TEST_F(Log, TakesValuesForTextNeverForAPattern) {
    set_up_log({.level = "info"});

    EXPECT_THAT(written([] { event(Level::info, "x", {{"a", "{}%v"}}); }), HasSubstr("a={}%v\n"));
}

TEST_F(Log, StepsAsideForTheProgressBarAroundEachLine) {
    set_up_log({.level = "info"});
    set_log_interleave([] { std::fputs("[clear]", stderr); }, [] { std::fputs("[draw]", stderr); });

    const std::string text = written([] {
        event(Level::info, "one", {});
        event(Level::debug, "none", {});
    });

    EXPECT_THAT(text, testing::MatchesRegex("\\[clear\\].* info one\n\\[draw\\]"));
}

TEST_F(Log, KeepsLinesOfManyThreadsWhole) {
    constexpr int threads = 4;
    constexpr int lines = 200;
    set_up_log({.level = "debug"});

    const std::string text = written([] {
        std::vector<std::thread> writers;
        for (int writer = 0; writer < threads; ++writer)
            writers.emplace_back([writer] {
                for (int number = 0; number < lines; ++number)
                    event(Level::debug, "line", {{"writer", writer}, {"end", "."}});
            });
        for (std::thread& writer : writers)
            writer.join();
    });

    std::istringstream input(text);
    int count = 0;
    for (std::string line; std::getline(input, line); ++count)
        EXPECT_THAT(line, testing::MatchesRegex("2.*Z debug line writer=[0-3] end=[.]"));
    EXPECT_EQ(count, threads * lines);
}

} // namespace pcmirror::test
