#include "tests/places/places.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

// Alert rules and dashboard, as Prometheus reads them.

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Names = std::set<std::string>;

std::string monitoring(const std::string& name) {
    return places::source("systemd/monitoring/" + name);
}

bool has_promtool() {
    return run({"/bin/sh", "-c", "command -v promtool"}).exit_code == 0;
}

Names found_in(const std::string& text, const std::regex& expression) {
    Names names;
    for (std::sregex_iterator found(text.begin(), text.end(), expression), end; found != end;
         ++found)
        names.insert((*found)[1]);
    return names;
}

Names alerts() {
    return found_in(read_file(monitoring("pcmirror.rules.yml")), std::regex("- alert: (\\w+)"));
}

/// All values of that key, however deep.
void collect(const nlohmann::json& document, const std::string& key, Names& values) {
    for (const auto& [name, value] : document.items()) {
        if (name == key && value.is_string())
            values.insert(value.get<std::string>());
        else if (value.is_structured())
            collect(value, key, values);
    }
}

Names asked_by_the_dashboard() {
    Names expressions;
    collect(nlohmann::json::parse(read_file(monitoring("grafana.json"))), "expr", expressions);
    return expressions;
}

TEST(Monitoring, RulesAreAcceptedAndFireAsTold) {
    if (!has_promtool())
        GTEST_SKIP() << "promtool is not installed";
    const Outcome check = run({"promtool", "check", "rules", monitoring("pcmirror.rules.yml")});
    EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
    const Outcome stories =
        run({"promtool", "test", "rules", monitoring("pcmirror.rules.test.yml")});
    EXPECT_EQ(stories.exit_code, 0) << stories.out << stories.err;
}

TEST(Monitoring, EachAlertHasAStoryAndSaysWhatToDo) {
    const std::string rules = read_file(monitoring("pcmirror.rules.yml"));
    const std::string stories = read_file(monitoring("pcmirror.rules.test.yml"));
    const std::string readme = read_file(monitoring("README.md"));
    ASSERT_THAT(alerts(), Not(IsEmpty()));
    for (const std::string& alert : alerts()) {
        const std::size_t at = rules.find("- alert: " + alert + "\n");
        const std::string rule = rules.substr(at, rules.find("- alert: ", at + 1) - at);
        for (const char* part : {"severity: ", "summary: ", "description: "})
            EXPECT_THAT(rule, HasSubstr(part)) << alert;
        EXPECT_THAT(stories, HasSubstr("alertname=\"" + alert + '"'));
        EXPECT_THAT(readme, HasSubstr('`' + alert + '`'));
    }
}

TEST(Monitoring, DashboardAsksWhatPrometheusUnderstands) {
    if (!has_promtool())
        GTEST_SKIP() << "promtool is not installed";
    nlohmann::json rules = nlohmann::json::array();
    for (const std::string& asked : asked_by_the_dashboard()) {
        const std::string expression =
            std::regex_replace(asked, std::regex("\\$__rate_interval"), "5m");
        rules.push_back({{"record", "asked:" + std::to_string(rules.size())}, {"expr", expression}}
        );
    }
    ASSERT_GT(rules.size(), 20U);
    const TemporaryDirectory directory;
    const nlohmann::json group = {{"name", "dashboard"}, {"rules", rules}};
    // JSON is YAML, too.
    write_file(
        directory / "rules.yml", nlohmann::json{{"groups", nlohmann::json::array({group})}}.dump()
    );
    const Outcome check = run({"promtool", "check", "rules", directory / "rules.yml"});
    EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
}

TEST(Monitoring, NamesOfMetricsAreFoundWhereTheyAreUsedAndServed) {
    const Outcome used = run({monitoring("metric-names")});
    EXPECT_EQ(used.exit_code, 0) << used.err;
    EXPECT_THAT(used.out, HasSubstr("pcmirror_ready\n"));
    EXPECT_THAT(used.out, HasSubstr("pcmirror_job_duration_seconds_bucket\n"));
    const Outcome served =
        run({monitoring("metric-names"), "-"},
            {.input = "# HELP pcmirror_ready whether it is\n# TYPE pcmirror_ready gauge\n"
                      "pcmirror_ready 1\npcmirror_scopes{resource=\"users\"} 2\n"
                      "# TYPE pcmirror_wait_seconds histogram\n"});
    EXPECT_EQ(
        served.out,
        "pcmirror_ready\npcmirror_scopes\npcmirror_wait_seconds\npcmirror_wait_seconds_bucket\n"
        "pcmirror_wait_seconds_count\npcmirror_wait_seconds_sum\n"
    );
}

} // namespace
} // namespace pcmirror::testing
