#include "tests/process/commands_installation.hpp"
#include "tests/process/progress_terminal.hpp"

#include <algorithm>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* summary = "0 failed, 0 refused, 0 held";

/// Newlines apart, which a terminal turns into two.
bool has_control_characters(const std::string& text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool newline = text[at] == '\n' || text.substr(at, 2) == "\r\n";
        if (!newline && std::iscntrl(static_cast<unsigned char>(text[at])) != 0)
            return true;
    }
    return false;
}

/// A sync that takes several redrawings.
class ProgressBar : public ::testing::Test {
  protected:
    static nlohmann::json slowly(const std::string& log_level = "warn") {
        return {
            {"partner_center", {{"concurrency", 2}, {"requests_per_minute", 0}}},
            {"log", {{"level", log_level}}}};
    }

    /// Starts a sync that stops for good after five customers, and waits for a text there.
    std::unique_ptr<Process> hang_after_five(
        Terminal& terminal, const std::string& text, const ProcessOptions& options = {}
    ) {
        installation.fault({{"fault", "hang"}, {"path", "/subscriptions"}, {"after", 5}});
        auto sync =
            std::make_unique<Process>(on(terminal, "2>", installation.words({"sync"})), options);
        EXPECT_TRUE(terminal.await(text)) << sync->out();
        sync->signal(SIGINT);
        return sync;
    }

    /// Runs a sync that does not come to its end before the bar was drawn anew.
    Outcome sync_redrawn(Terminal& terminal, const std::string& streams) {
        installation.fault(
            {{"fault", "slow_first_byte"},
             {"milliseconds", 2000},
             {"path", "/subscriptions"},
             {"after", 20}}
        );
        Process sync(on(terminal, streams, installation.words({"sync"})));
        EXPECT_TRUE(terminal.await("[###")) << "it was drawn once only";
        installation.end_faults();
        return sync.wait();
    }

    Installation installation{
        {.simulator = {"--customers", "40", "--subscriptions", "3", "--latency", "40"},
         .settings = slowly()}};
};

TEST_F(ProgressBar, MovesOnATerminalAndMakesRoomForTheSummary) {
    Terminal terminal(160);
    const Outcome outcome = sync_redrawn(terminal, ">\"$0\" 2>");
    EXPECT_EQ(outcome.exit_code, 0);
    const std::string text = terminal.text();
    EXPECT_THAT(text, HasSubstr("\r\x1b[Ksubscriptions  [------------------------------]  0/40"));

    const Screen screen(text);
    EXPECT_THAT(screen.not_understood, IsEmpty());
    ASSERT_THAT(screen.lines, SizeIs(4)) << text;
    EXPECT_THAT(screen.lines[0], StartsWith("resource "));
    EXPECT_THAT(screen.lines[3], HasSubstr(summary));
}

TEST_F(ProgressBar, KeepsToOneLineOfATerminalThatIsNarrow) {
    Terminal terminal(30);
    const Outcome outcome = run(on(terminal, "2>", installation.words({"sync"})));
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.out, HasSubstr(summary));
    const Screen screen(terminal.text());
    EXPECT_EQ(screen.widest, 29U);
    EXPECT_THAT(screen.lines, IsEmpty()) << "what is left of the bar";
    EXPECT_THAT(screen.not_understood, IsEmpty());
}

TEST_F(ProgressBar, LetsLogLinesScrollPast) {
    installation.configure(slowly("debug"));
    Terminal terminal(1000);
    const Outcome outcome = sync_redrawn(terminal, "2>");
    EXPECT_EQ(outcome.exit_code, 0);
    const Screen screen(terminal.text());
    EXPECT_GE(screen.lines.size(), 41U) << "a line for each request";
    EXPECT_THAT(
        screen.lines, Each(MatchesRegex("20[0-9-]+T[0-9:.]+Z (debug|info) [a-z_]+\\.[a-z_]+.*"))
    );
    EXPECT_THAT(screen.lines, Each(Not(HasSubstr("/40 scopes"))));
}

TEST_F(ProgressBar, IsTakenAwayWhenInterrupted) {
    Terminal terminal(160);
    const Outcome outcome = hang_after_five(terminal, "]  5/40 scopes")->wait();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("subscriptions ended early"));
    const Screen screen(terminal.text());
    EXPECT_THAT(screen.not_understood, IsEmpty());
    ASSERT_THAT(screen.lines, SizeIs(1));
    EXPECT_THAT(screen.lines[0], StartsWith("ended    subscriptions: interrupted"));
}

TEST_F(ProgressBar, CountsUsersOfLicenseReads) {
    Installation licenses{
        {.simulator = {"--customers", "1", "--users", "0", "--big-users", "60"},
         .settings = slowly(),
         .everything = true}};
    ASSERT_EQ(licenses.call({"sync", "customers", "users"}).exit_code, 0);
    const std::string users =
        *licenses.database.value("select count(*)::text from partner_center.users");
    licenses.fault({{"fault", "hang"}, {"path", "/licenses"}, {"after", 20}});
    Terminal terminal(160);
    Process sync(on(terminal, "2>", licenses.words({"sync", "user_licenses"})));
    EXPECT_TRUE(terminal.await("]  0/1 scopes  20/" + users + " users"));
    sync.signal(SIGINT);
    EXPECT_EQ(sync.wait().exit_code, 1);
}

TEST_F(ProgressBar, IsPlainLinesWithNoColor) {
    Terminal terminal(160);
    const Outcome outcome =
        hang_after_five(
            terminal, "subscriptions  5/40 scopes", {.environment = {{"NO_COLOR", "1"}}}
        )->wait();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("subscriptions ended early"));
    EXPECT_FALSE(has_control_characters(terminal.text()));
}

TEST_F(ProgressBar, IsNotDrawnWhereOnlyTheResultsGoToATerminal) {
    Terminal terminal(160);
    const Outcome outcome = run(on(terminal, ">", installation.words({"sync"})));
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.err, IsEmpty());
    const std::string text = terminal.text();
    EXPECT_FALSE(has_control_characters(text)) << text;
    EXPECT_THAT(text, HasSubstr(summary));
}

} // namespace
} // namespace pcmirror::testing
