#include "config/keys.hpp"
#include "schema/catalogue.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/config_support.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <sstream>

namespace pcmirror::test {

namespace {

std::string example() {
    std::ifstream file(places::source("config/pcmirror.yaml"));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The example with every key that is shown as a comment switched on.
std::string with_all_keys(const std::string& yaml) {
    static const std::regex commented(R"(^( *)# ([a-z_]+:( .*)?)$)");
    static const std::regex sentence(R"(^ *# [a-z_]+: .* .*$)");
    std::istringstream lines(yaml);
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        const bool key = std::regex_match(line, commented) && !std::regex_match(line, sentence);
        text += (key ? std::regex_replace(line, commented, "$1$2") : line) + "\n";
    }
    return text;
}

Settings read(const std::string& yaml) {
    return parse_settings(yaml, "pcmirror.yaml", catalogue(), environment({}));
}

/// `schedules.customers.every` -> `schedules.*.every`
std::string general(const std::string& path) {
    static const std::regex by_resource(R"(^(schedules|delete_guard\.resources)\.[a-z_]+\.)");
    return std::regex_replace(path, by_resource, "$1.*.");
}

/// Collects the paths of a mapping's plain values by indentation; flow mappings are not entered.
std::set<std::string> keys_written_in(const std::string& yaml) {
    static const std::regex key(R"(^( *)([a-z_]+):(.*)$)");
    std::vector<std::string> names;
    std::set<std::string> paths;
    std::istringstream lines(yaml);
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (!std::regex_match(line, match, key))
            continue;
        names.resize(static_cast<std::size_t>(match[1].length()) / 2);
        names.push_back(match[2]);
        std::string path;
        for (const std::string& name : names)
            path += (path.empty() ? "" : ".") + name;
        paths.insert(general(path));
    }
    return paths;
}

} // namespace

TEST(ConfigExample, IsAcceptedAsShippedWithoutAnyEnvironment) {
    EXPECT_NO_THROW(read(example()));
}

TEST(ConfigExample, ShowsEveryKeyOfTheParser) {
    const std::set<std::string> written = keys_written_in(with_all_keys(example()));
    for (const std::string& key : known_keys())
        EXPECT_TRUE(written.contains(key)) << key << " is missing in config/pcmirror.yaml";
}

TEST(ConfigExample, ShowsNoKeyThatTheParserDoesNotKnow) {
    EXPECT_NO_THROW(read(with_all_keys(example())));
}

TEST(ConfigExample, ShowsTheDefaults) {
    const std::string needed = "partner_center:\n"
                               "  tenant_id: contoso.onmicrosoft.com\n"
                               "  client_id: 00000000-0000-0000-0000-000000000000\n";
    const ShownKeys defaults = show_settings(read(needed));

    for (const std::string& yaml : {example(), with_all_keys(example())})
        EXPECT_EQ(show_settings(read(yaml)), defaults);
}

TEST(ConfigExample, ShowsTheDefaultThatSettingsDoNotShow) {
    EXPECT_EQ(read(with_all_keys(example())).database.url, DatabaseSettings().url);
}

TEST(ConfigKeys, AreListedOnceEachAndInSections) {
    const std::set<std::string> unique(known_keys().begin(), known_keys().end());

    EXPECT_EQ(unique.size(), known_keys().size());
    EXPECT_TRUE(unique.contains("partner_center.cloud"));
    EXPECT_TRUE(unique.contains("schedules.*.full_every"));
    EXPECT_TRUE(unique.contains("delete_guard.resources.*.min_rows"));
    EXPECT_TRUE(unique.contains("shutdown_grace"));
}

TEST(ConfigKeys, ShowNoSecret) {
    const ShownKeys shown = show_settings(
        settings_of("  client_secret: hunter2\ndatabase: { url: 'postgresql://u:hunter2@h/d' }\n")
    );
    for (const auto& [key, value] : shown)
        EXPECT_EQ(value.find("hunter2"), std::string::npos) << key;
}

} // namespace pcmirror::test
