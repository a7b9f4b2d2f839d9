#include "daemon/commands.hpp"
#include "systemd/manual/completions.hpp"
#include "systemd/manual/pages.hpp"
#include "tests/places/places.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

// Manual pages and completions as man and the shells take them.

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using Words = std::vector<std::string>;

bool installed(const std::string& program) {
    return run({"/bin/sh", "-c", "command -v " + program}).exit_code == 0;
}

Words lines_of(const std::string& text) {
    Words lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// What a shell offers for the last word of a command line.
class Shell {
  public:
    virtual ~Shell() = default;
    [[nodiscard]] virtual Words offers(const Words& line) const = 0;
    TemporaryDirectory directory;
};

class Bash : public Shell {
  public:
    Bash() { write_file(directory / "script", manual::bash_completion(commands())); }

    [[nodiscard]] Words offers(const Words& line) const override {
        Words words{
            "bash",
            "-uc",
            R"(source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }
               previous=; if (($# > 1)); then previous=${*:$#-1:1}; fi
               _pcmirror pcmirror "${*:$#:1}" "$previous"
               if ((${#COMPREPLY[@]})); then printf '%s\n' "${COMPREPLY[@]}"; fi)",
            directory / "script"};
        words.insert(words.end(), line.begin(), line.end());
        const Outcome outcome = run(words, {.directory = directory.path()});
        EXPECT_EQ(outcome.err, "");
        return lines_of(outcome.out);
    }
};

class Fish : public Shell {
  public:
    Fish() { write_file(directory / "script", manual::fish_completion(commands())); }

    [[nodiscard]] Words offers(const Words& line) const override {
        std::string typed;
        for (const std::string& word : line)
            typed += (typed.empty() ? "" : " ") + word;
        const Outcome outcome =
            run({"fish",
                 "--no-config",
                 "-c",
                 "source " + (directory / "script").string() + "; complete -C '" + typed + "'"},
                {.environment = {{"HOME", directory.path().string()}},
                 .directory = directory.path()});
        EXPECT_EQ(outcome.err, "");
        Words offered;
        for (const std::string& one : lines_of(outcome.out))
            offered.push_back(one.substr(0, one.find('\t')));
        return offered;
    }
};

/// zsh completes in its line editor only, which needs a terminal: zsh gives itself one.
class Zsh : public Shell {
  public:
    Zsh() {
        write_file(directory / "_pcmirror", manual::zsh_completion(commands()));
        write_file(directory / "ask", R"(
zmodload zsh/zpty
inner() {
    zpty -w z "$1"
}
zpty z zsh -f -i
inner "LISTMAX=10000; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $1/dump"
inner "compadd() { builtin compadd -O offered \"\$@\"; print -l -- OFFER:\${^offered} >> $1/offers; builtin compadd \"\$@\"; }"
inner "bindkey '^I' complete-word; finish() { print END > $1/end; zle accept-line }; zle -N finish; bindkey '^X' finish"
zpty -w -n z "$2"$'\t'
zpty -w -n z $'\x18'
until [[ -s $1/end ]]; do zpty -r -t z rest; done
zpty -d z
)");
    }

    [[nodiscard]] Words offers(const Words& line) const override {
        std::string typed;
        for (const std::string& word : line)
            typed += (typed.empty() ? "" : " ") + word;
        const std::string place = directory.path().string();
        run({"sh", "-c", "rm -f " + place + "/offers " + place + "/end; touch " + place + "/offers"}
        );
        const Outcome outcome =
            run({"zsh", "-f", directory / "ask", place, typed}, {.directory = directory.path()});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        Words offered;
        const std::string mark = "OFFER:";
        for (const std::string& one : lines_of(read_file(directory / "offers")))
            if (one.starts_with(mark) && one.size() > mark.size())
                offered.push_back(one.substr(mark.size()));
        return offered;
    }
};

void expect_commands_options_and_names(const Shell& shell) {
    EXPECT_THAT(
        shell.offers({"pcmirror", ""}), AllOf(Contains("run"), Contains("sync"), Contains("job"))
    );
    EXPECT_THAT(shell.offers({"pcmirror", "mig"}), ElementsAre("migrate"));
    EXPECT_THAT(
        shell.offers({"pcmirror", "job", ""}), AllOf(Contains("add"), Not(Contains("sync")))
    );
    EXPECT_THAT(shell.offers({"pcmirror", "job", "ca"}), ElementsAre("cancel"));
    EXPECT_THAT(
        shell.offers({"pcmirror", "sync", "--"}),
        AllOf(Contains("--max-age"), Contains("--json"), Not(Contains("--until-empty")))
    );
    EXPECT_THAT(
        shell.offers({"pcmirror", "sync", "user"}), UnorderedElementsAre("users", "user_licenses")
    );
    EXPECT_THAT(
        shell.offers({"pcmirror", "-c", "x.yaml", "get", "subscr"}),
        UnorderedElementsAre("subscriptions", "subscribed_skus")
    );
    EXPECT_THAT(shell.offers({"pcmirror", "job", "add", "assign"}), ElementsAre("assign_licenses"));
    EXPECT_THAT(shell.offers({"pcmirror", "job", "list", "--state", "f"}), ElementsAre("failed"));
}

void expect_files(const Shell& shell) {
    write_file(shell.directory / "leavers.csv", "");
    EXPECT_THAT(
        shell.offers({"pcmirror", "job", "add", "--batch", "leav"}), ElementsAre("leavers.csv")
    );
    EXPECT_THAT(shell.offers({"pcmirror", "--config", "leav"}), ElementsAre("leavers.csv"));
}

TEST(Completion, OfBashKnowsCommandsOptionsAndNames) {
    const Bash bash;
    expect_commands_options_and_names(bash);
    expect_files(bash);
    EXPECT_THAT(
        bash.offers({"pcmirror", "job", "list", "--state", "=", "f"}), ElementsAre("failed")
    );
    EXPECT_THAT(bash.offers({"pcmirror", "job", "list", "--customer", ""}), IsEmpty());
}

TEST(Completion, OfFishKnowsCommandsOptionsAndNames) {
    if (!installed("fish"))
        GTEST_SKIP() << "fish is not installed";
    const Fish fish;
    expect_commands_options_and_names(fish);
    expect_files(fish);
}

TEST(Completion, OfZshKnowsCommandsOptionsAndNames) {
    if (!installed("zsh"))
        GTEST_SKIP() << "zsh is not installed";
    expect_commands_options_and_names(Zsh());
}

TEST(Manual, IsPrintedWithoutAWarning) {
    if (!installed("man"))
        GTEST_SKIP() << "man is not installed";
    const TemporaryDirectory directory;
    write_file(directory / "pcmirror.1", manual::command_page(commands()));
    write_file(
        directory / "pcmirror.yaml.5",
        manual::config_page(read_file(places::source("config/pcmirror.yaml")))
    );
    for (const char* page : {"pcmirror.1", "pcmirror.yaml.5"}) {
        const Outcome printed =
            run({"man", "--warnings", "-l", directory / page},
                {.environment = {{"MANWIDTH", "80"}, {"LANG", "C.UTF-8"}, {"MAN_KEEP_STDERR", "1"}}}
            );
        EXPECT_EQ(printed.exit_code, 0);
        EXPECT_EQ(printed.err, "");
        EXPECT_GT(lines_of(printed.out).size(), 100U);
    }
}

} // namespace
} // namespace pcmirror::testing
