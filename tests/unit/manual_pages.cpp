#include "config/keys.hpp"
#include "daemon/commands.hpp"
#include "daemon/help.hpp"
#include "schema/catalogue.hpp"
#include "schema/operation_catalogue.hpp"
#include "systemd/manual/completions.hpp"
#include "systemd/manual/pages.hpp"
#include "systemd/manual/roff.hpp"
#include "tests/places/places.hpp"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <regex>

namespace pcmirror::manual {
namespace {

using ::testing::HasSubstr;

std::string shipped_configuration() {
    std::ifstream stream(places::source("config/pcmirror.yaml"));
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> completions() {
    return {bash_completion(commands()), zsh_completion(commands()), fish_completion(commands())};
}

TEST(ManualPages, TellOfEachCommandAndOptionAllThatHelpDoes) {
    const std::string page = command_page(commands());
    for (const Command* command : commands()) {
        EXPECT_THAT(page, HasSubstr(".SS \"" + escaped(usage_text(*command)) + "\""));
        for (const std::string_view text :
             {command->summary, command->more, command->example, command->exit_codes})
            EXPECT_THAT(page, HasSubstr(escaped(text)));
        for (const Option& option : command->options)
            EXPECT_THAT(page, HasSubstr(item(shown_option(option), escaped(option.text))));
    }
    for (const GlobalOption& global : global_options())
        EXPECT_THAT(page, HasSubstr(escaped(shown_option(global.option))));
}

TEST(ManualPages, TellOfEachKeyOfTheConfiguration) {
    const std::string page = config_page(shipped_configuration());
    for (const std::string& key : known_keys()) {
        const std::string shown = std::regex_replace(
            key, std::regex(R"(^(schedules|delete_guard\.resources)\.\*)"), "$1.customers"
        );
        EXPECT_THAT(page, HasSubstr("\\fB" + escaped(shown) + ":"));
    }
}

TEST(ManualPages, LeaveOutNoCommentOfTheConfiguration) {
    const std::string yaml = shipped_configuration();
    const std::string page = config_page(yaml);
    const std::regex comment("\n *# ([^\n]*[a-z][.,:;]?)(?=\n)");
    for (std::sregex_iterator found(yaml.begin(), yaml.end(), comment), end; found != end; ++found)
        EXPECT_THAT(page, HasSubstr(escaped((*found)[1].str())));
}

TEST(ManualPages, TakeNothingInATextForARequest) {
    EXPECT_EQ(escaped(".TP\n.SH 'x' a-b \\e"), "\\&.TP\n\\&.SH \\(aqx\\(aq a\\-b \\ee");
}

TEST(Completions, OfferEachCommandAndOption) {
    for (const std::string& script : completions())
        for (const Command* command : commands()) {
            const std::string name(command->name);
            EXPECT_THAT(script, HasSubstr(name.substr(name.rfind(' ') + 1)));
            for (const Option& option : command->options)
                EXPECT_THAT(
                    script,
                    HasSubstr(std::string(option.is_argument() ? "" : option.name.substr(2)))
                );
        }
}

TEST(Completions, OfferEachResourceAndOperation) {
    for (const std::string& script : completions()) {
        for (const Resource* resource : catalogue())
            EXPECT_THAT(script, HasSubstr(std::string(resource->name)));
        for (const Operation* operation : operation_catalogue())
            EXPECT_THAT(script, HasSubstr(std::string(operation->name)));
    }
}

TEST(Completions, KnowWhatStandsForEachValue) {
    for (const Command* command : commands())
        for (const Option& option : command->options) {
            const std::string_view placeholder = placeholder_of(option);
            EXPECT_TRUE(placeholder.empty() || completed(placeholder) != nullptr)
                << command->name << ' ' << option.name << " takes a " << placeholder
                << ": say in systemd/manual/completions.cpp what completes it";
        }
}

TEST(Completions, OfferTheStatesThatTheOptionNames) {
    std::string texts;
    for (const Command* command : commands())
        for (const Option& option : command->options)
            texts += option.value == "STATE" ? option.text : "";
    for (const std::string& state : completed("STATE")->words)
        EXPECT_THAT(texts, HasSubstr(state));
}

TEST(Completions, QuoteWhatAShellWouldTakeApart) {
    EXPECT_EQ(shell_word("it's $1"), "'it'\\''s $1'");
}

} // namespace
} // namespace pcmirror::manual
