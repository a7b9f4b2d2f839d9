#include "tests/places/places.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

// The folders of the program and what each may include: dependencies run one way.

namespace pcmirror {
namespace {

using Names = std::set<std::string>;
using ::testing::IsEmpty;

const std::filesystem::path root = places::source();

const std::map<std::string, Names>& may_include() {
    static const std::map<std::string, Names> rules = [] {
        std::map<std::string, Names> made;
        made["schema"] = {};
        made["schema/resources"] = {"schema"};
        made["schema/operations"] = {"schema"};
        // The catalogues list their descriptions.
        made["schema"].insert({"schema/resources", "schema/operations"});
        made["migrations"] = {"schema"};
        made["config"] = {"schema"};
        made["sync/records"] = {"schema"};
        made["sync/http"] = {"schema", "config"};
        made["sync/gateway"] = {"schema", "config", "sync/http"};
        made["sync/db"] = {
            "schema",
            "schema/resources",
            "config",
            "migrations",
            "sync/records",
            "sync/http",
            "sync/gateway"};
        made["sync/poll"] = made["sync/db"];
        made["sync/poll"].insert("sync/db");
        made["sync/write"] = made["sync/poll"];
        made["sync/write"].insert("sync/poll");
        made["daemon/web"] = {"schema", "config", "sync/http", "sync/poll"};
        made["daemon/login"] = made["daemon/web"];
        made["daemon/login"].insert("daemon/web");
        made["daemon"] = made["sync/write"];
        made["daemon"].insert({"sync/write", "daemon/web", "daemon/login"});
        made["systemd/manual"] = {"schema", "config", "daemon"};
        return made;
    }();
    return rules;
}

struct Include {
    std::filesystem::path file; ///< below the root
    std::string included;       ///< as written between quotes or brackets
};

/// Each `#include` of the program's own sources, in quotes or in brackets.
std::vector<Include> includes(char opening, char closing) {
    std::vector<Include> found;
    for (const char* top : {"schema", "migrations", "config", "sync", "daemon", "systemd"})
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
            const std::string extension = entry.path().extension();
            if (extension != ".hpp" && extension != ".cpp")
                continue;
            const std::string prefix = std::string("#include ") + opening;
            std::ifstream stream(entry.path());
            for (std::string line; std::getline(stream, line);)
                if (line.starts_with(prefix))
                    found.push_back(
                        {entry.path().lexically_relative(root),
                         line.substr(
                             prefix.size(), line.find(closing, prefix.size()) - prefix.size()
                         )}
                    );
        }
    return found;
}

std::string folder_of(const std::filesystem::path& file) {
    return file.parent_path().string();
}

bool is_header(const std::filesystem::path& file) {
    return file.extension() == ".hpp";
}

TEST(Layout, LetsEachFolderIncludeOnlyWhatItStandsOn) {
    std::vector<std::string> wrong;
    for (const Include& include : includes('"', '"')) {
        const std::string from = folder_of(include.file);
        const std::string to = folder_of(include.included);
        const auto rule = may_include().find(from);
        if (rule == may_include().end())
            wrong.push_back(from + " is in no rule of this test");
        else if (from != to && !rule->second.contains(to))
            wrong.push_back(include.file.string() + " includes " + include.included);
    }
    EXPECT_THAT(wrong, IsEmpty());
}

TEST(Layout, KeepsHeavyLibrariesOutOfHeaders) {
    const std::vector<std::string> heavy = {
        "boost/beast",
        "boost/asio/ssl",
        "openssl/",
        "yaml-cpp/",
        "spdlog/",
        "CLI/",
        "libpq",
        "simdjson"};
    std::vector<std::string> wrong;
    for (const Include& include : includes('<', '>'))
        for (const std::string& library : heavy)
            if (is_header(include.file) && include.included.starts_with(library))
                wrong.push_back(include.file.string() + " includes " + include.included);
    EXPECT_THAT(wrong, IsEmpty());
}

TEST(Layout, KeepsTheDatabaseLibraryInThreeFolders) {
    const Names folders = {"sync/db", "sync/write", "migrations"};
    std::vector<std::string> wrong;
    for (const Include& include : includes('<', '>'))
        if (include.included.starts_with("pqxx/") && !folders.contains(folder_of(include.file)))
            wrong.push_back(include.file.string() + " includes " + include.included);
    EXPECT_THAT(wrong, IsEmpty());
}

} // namespace
} // namespace pcmirror
