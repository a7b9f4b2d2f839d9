#include "daemon/commands.hpp"
#include "daemon/help.hpp"
#include "daemon/table.hpp"
#include "schema/describe.hpp"
#include "schema/describe_operation.hpp"
#include "tests/places/places.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

namespace pcmirror {
namespace {

const std::filesystem::path source = places::source();

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Compares a generated text with the file that was reviewed; UPDATE_GOLDEN=1 writes it anew.
void expect_golden(const std::filesystem::path& file, const std::string& text) {
    if (std::getenv("UPDATE_GOLDEN") != nullptr)
        std::ofstream(file, std::ios::binary) << text;
    EXPECT_EQ(content_of(file), text) << "UPDATE_GOLDEN=1 rewrites " << file;
}

TEST(Help, IsAsReviewed) {
    const std::filesystem::path golden = source / "tests/golden/help";
    expect_golden(golden / "pcmirror.txt", help_text(commands()));
    std::set<std::string> files{"pcmirror.txt"};
    for (const Command* command : commands()) {
        std::string name = std::string(command->name) + ".txt";
        std::ranges::replace(name, ' ', '_');
        expect_golden(golden / name, help_text(*command));
        files.insert(name);
    }
    for (const auto& entry : std::filesystem::directory_iterator(golden))
        EXPECT_TRUE(files.contains(entry.path().filename())) << entry.path() << " is left over";
}

TEST(Help, FitsAScreen) {
    std::vector<std::string> texts{help_text(commands())};
    for (const Command* command : commands())
        texts.push_back(help_text(*command));
    for (const std::string& text : texts) {
        EXPECT_LE(std::ranges::count(text, '\n'), 40) << text;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(shown_width(line), 80U) << line;
    }
}

TEST(Help, HasAllThatACommandNeeds) {
    for (const Command* command : commands()) {
        EXPECT_NE(command->run, nullptr) << command->name;
        EXPECT_TRUE(command->example.starts_with("pcmirror " + std::string(command->name)))
            << command->name;
        EXPECT_TRUE(command->exit_codes.starts_with("0 ")) << command->name;
        for (const Option& option : command->options)
            EXPECT_FALSE(option.text.empty()) << command->name << ' ' << option.name;
    }
}

TEST(Help, ResourceReferenceIsFresh) {
    expect_golden(source / "schema/RESOURCES.md", markdown_text(catalogue()));
}

TEST(Help, OperationReferenceIsFresh) {
    expect_golden(source / "schema/OPERATIONS.md", markdown_text(operation_catalogue()));
}

} // namespace
} // namespace pcmirror
