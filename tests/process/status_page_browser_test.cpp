#include "tests/process/admin_daemon.hpp"
#include "tests/support/chromium.hpp"

#include <cstdlib>
#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The status page of a daemon with a customer of a hostile name, in a real browser.
class StatusPageInABrowser : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!Chromium::is_installed())
            GTEST_SKIP() << "there is no chromium; tests/install-packages --all installs it";
        installation_.emplace(testing::Setup{
            .simulator = {"--customers", "6", "--subscriptions", "2"},
            .settings = {
                {"admin", {{"listen", "127.0.0.1:0"}}},
                {"schedules",
                 {{"customers", {{"every", "1s"}}}, {"subscriptions", {{"every", "1s"}}}}}}});
        const auto customer =
            installation_->simulator.control("GET", "/world")["examples"]["first_customer"];
        installation_->simulator.control(
            "POST", "/change", {{"rename_customer", {customer, hostile_}}}
        );
        daemon_.emplace(*installation_);
        daemon_->await_text(
            "/metrics",
            R"(pcmirror_resource_last_success_timestamp_seconds{resource="subscriptions"})"
        );
        installation_->fault({{"fault", "status"}, {"status", 403}, {"path", "subscriptions"}});
        await_in_trouble(*daemon_, "alert(1)");
        browser_.emplace();
    }

    void open() { browser_->open("http://" + daemon_->address() + "/"); }

    /// For a person, where PCMIRROR_SCREENSHOTS names a directory.
    void shoot(const std::string& name) {
        if (const char* directory = std::getenv("PCMIRROR_SCREENSHOTS"))
            browser_->shoot(std::filesystem::path(directory) / (name + ".png"));
    }

    std::string hostile_ = "<script>alert(1)</script>";
    std::optional<Installation> installation_;
    std::optional<AdminDaemon> daemon_;
    std::optional<Chromium> browser_;
};

TEST_F(StatusPageInABrowser, ShowsNamesOfCustomersAsTextAndComplainsOfNothing) {
    open();
    EXPECT_THAT(
        browser_->value("document.getElementById('customers').innerText").get<std::string>(),
        HasSubstr(hostile_)
    );
    EXPECT_EQ(browser_->value("document.querySelectorAll('script').length"), 1);
    EXPECT_EQ(browser_->value("performance.getEntriesByType('resource').length"), 0)
        << "it loads nothing";
    EXPECT_THAT(browser_->complaints(), IsEmpty());
    shoot("wide");
}

TEST_F(StatusPageInABrowser, RenewsItselfAndSaysWhenNobodyAnswers) {
    open();
    browser_->value("window.old = document.getElementById('main'); 1");
    browser_->await("renew().then(() => document.getElementById('main') !== window.old)");
    EXPECT_EQ(browser_->value("document.getElementById('told').textContent"), "");
    daemon_->process().kill();
    browser_->await("renew().then(() => document.getElementById('told').textContent.includes('does "
                    "not answer'))");
}

TEST_F(StatusPageInABrowser, FitsAPhone) {
    browser_->resize(360, 740);
    open();
    EXPECT_LE(browser_->value("document.documentElement.scrollWidth").get<int>(), 360);
    EXPECT_GE(
        browser_->value("parseFloat(getComputedStyle(document.querySelector('td')).fontSize)")
            .get<double>(),
        12
    );
    shoot("phone");
}

TEST_F(StatusPageInABrowser, IsDarkForWhoWantsIt) {
    const std::string background = "getComputedStyle(document.body).backgroundColor";
    browser_->prefer("light");
    open();
    EXPECT_EQ(browser_->value(background), "rgb(251, 251, 250)");
    browser_->prefer("dark");
    EXPECT_EQ(browser_->value(background), "rgb(21, 24, 27)");
    shoot("dark");
}

TEST_F(StatusPageInABrowser, TellsAScreenReaderWhatItShows) {
    browser_->resize(360, 740);
    open();
    std::map<std::string, int> roles;
    std::string names;
    const nlohmann::json tree = browser_->call("Accessibility.getFullAXTree");
    for (const auto& node : tree["nodes"]) {
        if (node.value("ignored", false))
            continue;
        ++roles[node["role"].value("value", "")];
        names += node.contains("name") ? node["name"].value("value", "") + "\n" : "";
    }
    EXPECT_GE(roles["heading"], 6);
    EXPECT_GE(roles["table"], 3) << "also as cards";
    EXPECT_GE(roles["columnheader"], 12);
    EXPECT_GE(roles["rowheader"], 2);
    EXPECT_GE(roles["main"], 1);
    for (const char* name :
         {"Resources", "Customers in trouble", "What requests were spent on", "Recent changes"})
        EXPECT_THAT(names, HasSubstr(name));
    EXPECT_EQ(browser_->value("document.documentElement.lang"), "en");
}

TEST_F(StatusPageInABrowser, ShowsAllOfItWithoutJavaScript) {
    browser_->call("Emulation.setScriptExecutionDisabled", {{"value", true}});
    browser_->call("Page.navigate", {{"url", "http://" + daemon_->address() + "/"}});
    std::string text;
    const auto until = std::chrono::steady_clock::now() + process_deadline;
    while (text.find("Recent changes") == std::string::npos &&
           std::chrono::steady_clock::now() < until) {
        // Of a page that is still being loaded.
        browser_->call("DOM.enable");
        const auto root = browser_->call("DOM.getDocument")["root"]["backendNodeId"];
        text = browser_->call("DOM.getOuterHTML", {{"backendNodeId", root}})["outerHTML"];
    }
    EXPECT_THAT(text, HasSubstr("Recent changes"));
    EXPECT_THAT(text, HasSubstr("http-equiv=\"refresh\""));
}

} // namespace
} // namespace pcmirror::testing
