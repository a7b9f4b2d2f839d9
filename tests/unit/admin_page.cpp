#include "daemon/status_page.hpp"
#include "daemon/status_page_assets.hpp"
#include "daemon/web/html.hpp"

#include <array>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace pcmirror {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string hostile = R"("><img src=x onerror='alert(1)'><script>alert(2)</script>&amp;)";

ResourceStatus line_of(const std::string& resource) {
    ResourceStatus line;
    line.resource = resource;
    line.schedule = "every 1h";
    line.state.rows = 12;
    line.state.scopes = 3;
    line.state.age = 60;
    line.stale_after_seconds = 3600;
    line.fresh = true;
    return line;
}

AdminFacts some_facts() {
    AdminFacts facts;
    facts.status.emplace();
    facts.status->lines = {line_of("customers"), line_of("users")};
    facts.overview.requests["users"].fill(100);
    facts.requests_per_minute = 500;
    return facts;
}

AdminFacts hostile_facts() {
    AdminFacts facts = some_facts();
    facts.status->lines.front().state.last_error = hostile;
    facts.status->lines.front().schedule = hostile;
    facts.status->queue.put_off = {7, hostile};
    facts.status->queue.pauses = {{hostile, hostile, hostile}};
    LivingDaemon daemon;
    daemon.kind = daemon.host = daemon.version = daemon.started_at = hostile;
    facts.status->daemons = {daemon};
    facts.troubles = {{hostile, hostile, hostile}};
    facts.hang = hostile;
    facts.database_trouble = hostile;
    facts.overview.troubled = {{hostile, hostile, hostile, hostile, hostile, 3, 60}};
    facts.overview.changes = {{hostile, hostile, hostile, hostile, hostile, 1, hostile, 5}};
    facts.overview.requests[hostile].fill(1);
    facts.overview.rejected["customers"] = 1;
    return facts;
}

std::vector<std::string> tags_of(const std::string& page) {
    const std::regex tag("</?([a-zA-Z0-9]+)");
    std::vector<std::string> tags;
    for (std::sregex_iterator found(page.begin(), page.end(), tag), end; found != end; ++found)
        tags.push_back((*found)[1]);
    return tags;
}

TEST(StatusPage, ShowsWhateverItIsToldAsText) {
    const std::string page = status_page(hostile_facts(), "n");
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(2)&lt;/script&gt;&amp;amp;"));
    const std::vector<std::string> tags = tags_of(page);
    EXPECT_EQ(std::ranges::count(tags, "script"), 2) << "its own, begin and end";
    EXPECT_EQ(std::ranges::count(tags, "style"), 2);
}

TEST(StatusPage, ClosesEachElement) {
    const std::regex tag("<(/?)([a-z0-9]+)[^>]*>");
    const std::string page = status_page(hostile_facts(), "n");
    const std::string body = page.substr(0, page.find("<script"));
    std::vector<std::string> open;
    for (std::sregex_iterator found(body.begin(), body.end(), tag), end; found != end; ++found) {
        const std::string name = (*found)[2];
        if (name == "meta")
            continue;
        if ((*found)[1] == "") {
            open.push_back(name);
            continue;
        }
        ASSERT_FALSE(open.empty());
        EXPECT_EQ(open.back(), name);
        open.pop_back();
    }
    EXPECT_THAT(open, ::testing::ElementsAre("html", "body")) << "which end behind the script";
}

TEST(StatusPage, SaysWhatIsWrongAndWhatToDo) {
    AdminFacts facts = some_facts();
    facts.troubles = {{"api.unavailable", "the consent was revoked", "run pcmirror login"}};
    const std::string page = status_page(facts, "n");
    EXPECT_THAT(
        page,
        AllOf(
            HasSubstr("<title>pcmirror: not ready</title>"),
            HasSubstr("the consent was revoked"),
            HasSubstr("run pcmirror login")
        )
    );
    EXPECT_THAT(status_page(some_facts(), "n"), Not(HasSubstr("What is wrong")));
}

TEST(StatusPage, TellsLateFromFreshAndFromNeverRead) {
    AdminFacts facts = some_facts();
    EXPECT_THAT(status_page(facts, "n"), HasSubstr("pcmirror: ready"));
    facts.status->lines[0].fresh = false;
    facts.status->lines[1].fresh = false;
    facts.status->lines[1].state.age.reset();
    EXPECT_THAT(
        status_page(facts, "n"),
        AllOf(HasSubstr("pcmirror: late"), HasSubstr(">late<"), HasSubstr(">never read<"))
    );
}

TEST(StatusPage, IsThereBeforeTheDatabaseHasAnswered) {
    AdminFacts facts;
    facts.database_trouble = "connection refused";
    EXPECT_THAT(
        status_page(facts, "n"), AllOf(HasSubstr("connection refused"), Not(HasSubstr("Resources")))
    );
}

TEST(StatusPage, LetsNothingInButItsOwnStyleAndScript) {
    const std::string policy = status_page_policy("abc");
    EXPECT_THAT(
        policy,
        AllOf(
            HasSubstr("default-src 'none'"),
            HasSubstr("script-src 'nonce-abc'"),
            Not(HasSubstr("unsafe"))
        )
    );
    const std::string page = status_page(some_facts(), "abc");
    EXPECT_THAT(
        page,
        AllOf(
            HasSubstr("<script nonce=\"abc\">"),
            HasSubstr("<style nonce=\"abc\">"),
            Not(HasSubstr(" style="))
        )
    );
}

TEST(StatusPage, DrawsTheBudgetWhereItIsNearEnoughToBeSeen) {
    AdminFacts facts = some_facts();
    EXPECT_THAT(status_page(facts, "n"), Not(HasSubstr("class=\"budget\"")));
    facts.overview.requests["users"].fill(25'000);
    EXPECT_THAT(status_page(facts, "n"), HasSubstr("class=\"budget\""));
    facts.overview.requests.clear();
    EXPECT_THAT(status_page(facts, "n"), HasSubstr("No requests within the last day."));
}

double channel(const std::string& hex, std::size_t at) {
    const double value = std::stoi(hex.substr(at, 2), nullptr, 16) / 255.0;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

/// As WCAG 2 has it.
double luminance(const std::string& colour) {
    return 0.2126 * channel(colour, 1) + 0.7152 * channel(colour, 3) + 0.0722 * channel(colour, 5);
}

double contrast(const std::string& one, const std::string& other) {
    const double light = std::max(luminance(one), luminance(other));
    const double dark = std::min(luminance(one), luminance(other));
    return (light + 0.05) / (dark + 0.05);
}

std::map<std::string, std::string> colours_of(const std::string& style) {
    const std::regex colour("--([a-z0-9-]+): (#[0-9a-f]{6})");
    std::map<std::string, std::string> colours;
    for (std::sregex_iterator found(style.begin(), style.end(), colour), end; found != end; ++found)
        colours[(*found)[1]] = (*found)[2];
    return colours;
}

TEST(StatusPage, HasEnoughContrastInLightAndInDark) {
    const std::string style(status_page_style());
    const std::size_t dark = style.find("@media (prefers-color-scheme: dark)");
    const std::array<std::string, 2> schemes{style.substr(0, dark), style.substr(dark)};
    for (const std::string& scheme : schemes) {
        const auto colours = colours_of(scheme);
        for (const char* text : {"text", "soft"})
            for (const char* back : {"card", "back"})
                EXPECT_GE(contrast(colours.at(text), colours.at(back)), 4.5)
                    << text << " on " << back;
        for (const char* kind : {"good", "warn", "bad"})
            EXPECT_GE(contrast(colours.at(kind), colours.at(std::string(kind) + "-back")), 4.5)
                << kind;
        for (int bar = 0; bar < 8; ++bar)
            EXPECT_GE(contrast(colours.at("c" + std::to_string(bar)), colours.at("card")), 2.5)
                << bar;
    }
}

TEST(HtmlText, KeepsNothingThatHtmlHasNoPlaceFor) {
    EXPECT_EQ(
        html_escaped("a\x01"
                     "b\x7F\n"),
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD\n"
    );
    EXPECT_EQ(html_escaped("<a href=\"x\">'&'"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;");
}

} // namespace
} // namespace pcmirror
