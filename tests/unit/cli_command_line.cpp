#include "daemon/command_line.hpp"
#include "daemon/commands.hpp"

#include <algorithm>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CommandLine read(std::vector<std::string> words) {
    return read_command_line(std::move(words), commands());
}

/// The error that a command line is refused with; its message and hint.
std::pair<std::string, std::string> refusal(std::vector<std::string> words) {
    try {
        read(std::move(words));
    } catch (const Error& error) {
        EXPECT_EQ(exit_code(error.recovery()), ExitCode::usage);
        return {error.what(), error.hint()};
    }
    ADD_FAILURE() << "the command line was taken";
    return {};
}

TEST(CommandLine, TakesGlobalOptionsBeforeAndAfterTheCommand) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--json", "-c", "a.yaml", "sync"},
          {"sync", "--json", "-c", "a.yaml"},
          {"-c", "a.yaml", "sync", "--json"},
          {"--config=a.yaml", "sync", "--json"}}) {
        const Invocation invocation = read(words).invocation;
        EXPECT_EQ(invocation.command, &sync_command);
        EXPECT_EQ(invocation.config, "a.yaml");
        EXPECT_TRUE(invocation.json);
    }
}

TEST(CommandLine, TakesAResourceThatIsNamedAsACommandIs) {
    const Invocation sync = read({"sync", "customers", "subscriptions"}).invocation;
    EXPECT_EQ(sync.command, &sync_command);
    EXPECT_THAT(sync.arguments.values("RESOURCE"), ElementsAre("customers", "subscriptions"));

    const Invocation get = read({"get", "customers", "--customer", "status"}).invocation;
    EXPECT_EQ(get.command, &get_command);
    EXPECT_EQ(get.arguments.value("RESOURCE"), "customers");
    EXPECT_EQ(get.arguments.value("--customer"), "status");
}

TEST(CommandLine, GivesARepeatedOptionOneValueEachTime) {
    const Invocation sync =
        read({"sync", "--customer", "a", "customers", "--customer=b"}).invocation;
    EXPECT_THAT(sync.arguments.values("--customer"), ElementsAre("a", "b"));
    EXPECT_THAT(sync.arguments.values("RESOURCE"), ElementsAre("customers"));

    const Invocation get =
        read({"get", "subscriptions", "--customer", "a", "--customer", "b"}).invocation;
    EXPECT_THAT(get.arguments.values("--customer"), ElementsAre("a", "b"));
}

TEST(CommandLine, TakesConfigurationFromOptionThenEnvironmentThenDefault) {
    unsetenv("PCMIRROR_CONFIG");
    EXPECT_EQ(read({"plan"}).invocation.config, "/etc/pcmirror/pcmirror.yaml");
    setenv("PCMIRROR_CONFIG", "/tmp/from_environment.yaml", 1);
    EXPECT_EQ(read({"plan"}).invocation.config, "/tmp/from_environment.yaml");
    EXPECT_EQ(read({"plan", "-c", "x.yaml"}).invocation.config, "x.yaml");
    unsetenv("PCMIRROR_CONFIG");
}

TEST(CommandLine, SuggestsTheNearestCommand) {
    const auto [message, hint] = refusal({"synk", "customers"});
    EXPECT_EQ(message, "unknown command \"synk\"");
    EXPECT_EQ(hint, "did you mean: pcmirror sync");
    EXPECT_EQ(refusal({"frobnicate"}).second, "see: pcmirror --help");
    EXPECT_EQ(refusal({}).first, "no command given");
}

TEST(CommandLine, SuggestsTheNearestOption) {
    const auto [message, hint] = refusal({"sync", "--custmer", "x"});
    EXPECT_EQ(message, "unknown option \"--custmer\"");
    EXPECT_EQ(hint, "did you mean: pcmirror sync --customer");
    EXPECT_EQ(refusal({"status", "--bogus"}).second, "see: pcmirror status --help");
}

TEST(CommandLine, RefusesWhatIsMissingOrTooMuch) {
    EXPECT_EQ(refusal({"job", "work"}).first, "--until-empty is missing");
    EXPECT_EQ(refusal({"customers"}).first, "TEXT is missing");
    EXPECT_EQ(refusal({"customers", "a", "b"}).first, "unexpected argument \"b\"");
    EXPECT_THAT(refusal({"sync", "--max-age"}).first, HasSubstr("--max-age"));
    EXPECT_THAT(
        refusal({"sync", "--max-age", "1h", "--max-age", "2h"}).first, HasSubstr("--max-age")
    );
    EXPECT_EQ(refusal({"run", "--json"}).first, "--json: run prints no table");
}

TEST(CommandLine, AnswersHelpAndVersionWhateverElseIsMissing) {
    EXPECT_EQ(read({"--version"}).text, "pcmirror " PCMIRROR_VERSION "\n");
    EXPECT_EQ(read({"get", "--help"}).text, read({"--help", "get"}).text);
    EXPECT_THAT(read({"--help"}).text.value(), HasSubstr("pcmirror COMMAND"));
}

TEST(CommandLine, RefusesADurationThatIsNone) {
    const Invocation sync = read({"sync", "--max-age", "soon"}).invocation;
    EXPECT_THROW(duration_of(sync, "--max-age"), Error);
    const Invocation good = read({"sync", "--max-age", "1h30m"}).invocation;
    EXPECT_EQ(duration_of(good, "--max-age"), std::chrono::minutes(90));
    EXPECT_EQ(duration_of(read({"sync"}).invocation, "--max-age"), std::nullopt);
}

} // namespace
} // namespace pcmirror
