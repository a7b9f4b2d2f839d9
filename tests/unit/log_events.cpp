#include "config/log_events.hpp"
#include "tests/places/places.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <string>

namespace pcmirror {
namespace {

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// All of the program's own sources in one text.
const std::string& sources() {
    static const std::string all = [] {
        std::string text;
        for (const char* folder : {"config", "migrations", "sync", "daemon"})
            for (const auto& entry : std::filesystem::recursive_directory_iterator(
                     std::filesystem::path(places::source()) / folder
                 ))
                if (const auto extension = entry.path().extension();
                    (extension == ".cpp" || extension == ".hpp") &&
                    entry.path().filename() != "log_events.cpp")
                    text += content_of(entry.path());
        return text;
    }();
    return all;
}

std::set<std::string> known_names() {
    std::set<std::string> names;
    for (const LogEvent& event : log_events())
        names.emplace(event.name);
    return names;
}

TEST(LogEvents, AreAllInTheTable) {
    const std::set<std::string> known = known_names();
    const std::regex call(R"re(\bevent\(\s*[^;"]*?"([a-z_]+\.[a-z_]+)")re");
    std::set<std::string> unknown;
    std::size_t calls = 0;
    for (std::sregex_iterator found(sources().begin(), sources().end(), call), end; found != end;
         ++found, ++calls)
        if (!known.contains((*found)[1]))
            unknown.insert((*found)[1]);
    EXPECT_THAT(unknown, ::testing::IsEmpty());
    EXPECT_GT(calls, 35U) << "they are found at all";
}

TEST(LogEvents, AreWrittenAtTheLevelsThatTheTableSays) {
    const std::regex call(R"re(\bevent\(\s*Level::(\w+),\s*"([a-z_]+\.[a-z_]+)")re");
    for (std::sregex_iterator found(sources().begin(), sources().end(), call), end; found != end;
         ++found) {
        const auto event = std::ranges::find(log_events(), (*found)[2].str(), &LogEvent::name);
        ASSERT_NE(event, log_events().end()) << (*found)[2];
        EXPECT_THAT(std::string(event->level), ::testing::HasSubstr((*found)[1])) << event->name;
    }
}

TEST(LogEvents, InTheTableAreAllWrittenSomewhere) {
    for (const std::string& name : known_names())
        EXPECT_TRUE(
            sources().find('"' + name + '"') != std::string::npos ||
            sources().find('"' + name + ' ') != std::string::npos
        ) << name;
}

TEST(LogEvents, AreInOrderAndHaveAMeaning) {
    EXPECT_TRUE(std::ranges::is_sorted(log_events(), {}, &LogEvent::name));
    for (const LogEvent& event : log_events()) {
        EXPECT_FALSE(event.meaning.empty()) << event.name;
        EXPECT_FALSE(event.level.empty()) << event.name;
    }
}

TEST(LogEvents, AreListedForOperators) {
    std::string text = "# Events in the log\n\nGenerated from `config/log_events.cpp`.\n\n"
                       "| event | level | what it says, and what to do |\n| --- | --- | --- |\n";
    for (const LogEvent& event : log_events())
        text += fmt::format("| `{}` | {} | {} |\n", event.name, event.level, event.meaning);
    const auto file = std::filesystem::path(places::source()) / "config/EVENTS.md";
    if (std::getenv("UPDATE_GOLDEN") != nullptr)
        std::ofstream(file, std::ios::binary) << text;
    EXPECT_EQ(content_of(file), text) << "UPDATE_GOLDEN=1 rewrites it";
}

} // namespace
} // namespace pcmirror
