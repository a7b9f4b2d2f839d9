#include "schema/error.hpp"
#include "sync/records/spool.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <sys/resource.h>

namespace pcmirror {
namespace {

namespace fs = std::filesystem;

class Folder {
  public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "pcmirror-spool-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary directory");
        path_ = name;
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() { fs::remove_all(path_); }

    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

std::vector<std::string> rows_of(const Spool& spool, std::size_t table) {
    std::vector<std::string> rows;
    spool.read(table, [&](std::string_view row) { rows.emplace_back(row); });
    return rows;
}

// The message of the error that filling a spool ends with.
std::string failure(const fs::path& directory) {
    Spool spool(directory, 100);
    try {
        for (int i = 0; i < 10; ++i)
            spool.add({0, std::string(400000, 'x')});
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::retry_later);
        EXPECT_NE(error.hint().find("state_directory"), std::string::npos);
        return error.what();
    }
    return "none";
}

TEST(Spool, NeedsNoDirectoryForLittle) {
    Spool spool("/nonexistent", 1000);
    spool.add({1, "one"});
    spool.add({0, ""});
    spool.add({1, std::string("\0three", 6)});

    EXPECT_EQ(rows_of(spool, 0), (std::vector<std::string>{""}));
    EXPECT_EQ(rows_of(spool, 1), (std::vector<std::string>{"one", std::string("\0three", 6)}));
    EXPECT_TRUE(rows_of(spool, 2).empty());
    EXPECT_EQ(spool.count(0), 1U);
    EXPECT_EQ(spool.count(1), 2U);
    EXPECT_EQ(spool.count(7), 0U);
}

TEST(Spool, GivesBackEveryRowInOrderHoweverManyItTook) {
    const Folder folder;
    for (const std::size_t limit : {0UL, 1UL, 100UL, 5000UL, 100000UL, 1UL << 30U}) {
        std::mt19937 random(3);
        Spool spool(folder.path(), limit);
        std::vector<std::vector<std::string>> expected(3);
        for (int i = 0; i < 2000; ++i) {
            const std::size_t table = random() % expected.size();
            const std::size_t size = i == 777 ? 700000 : random() % 900;
            expected[table].emplace_back(size, static_cast<char>('a' + random() % 26));
            spool.add({table, expected[table].back()});
            if (i == 1000) {
                EXPECT_EQ(rows_of(spool, 1), expected[1]) << "read in between";
            }
        }
        for (std::size_t table = 0; table < expected.size(); ++table) {
            EXPECT_EQ(rows_of(spool, table), expected[table]) << limit;
            EXPECT_EQ(rows_of(spool, table), expected[table]) << "read again";
            EXPECT_EQ(spool.count(table), expected[table].size());
        }
    }
}

TEST(Spool, LeavesNoFileBehind) {
    const Folder folder;
    Spool spool(folder.path(), 10);
    for (int i = 0; i < 100; ++i)
        spool.add({0, std::string(10000, 'x')});
    EXPECT_TRUE(fs::is_empty(folder.path()));
    EXPECT_GE(spool.size_bytes(), 1000000U);
    const Spool moved = std::move(spool);
    EXPECT_EQ(rows_of(moved, 0).size(), 100U);
}

TEST(Spool, AddsUpADigestThatDependsOnContentOnly) {
    const Folder folder;
    Spool in_memory(folder.path());
    Spool in_file(folder.path(), 1);
    Spool other(folder.path());
    for (int i = 0; i < 50; ++i) {
        in_memory.add({0, std::to_string(i)});
        in_file.add({0, std::to_string(49 - i)});
        other.add({i == 7 ? 1UL : 0UL, std::to_string(i)});
    }
    EXPECT_EQ(in_memory.digest(), in_file.digest());
    EXPECT_EQ(in_memory.digest().count(), 50U);
    EXPECT_FALSE(in_memory.digest() == other.digest());
}

TEST(Spool, NamesTheDirectoryThatCannotTakeIt) {
    const Folder folder;
    const fs::path missing = folder.path() / "missing";
    EXPECT_EQ(
        failure(missing),
        "opening a temporary file in " + missing.string() + ": No such file or directory"
    );
    const fs::path file = folder.path() / "file";
    std::ofstream(file) << "x";
    EXPECT_EQ(failure(file), "opening a temporary file in " + file.string() + ": Not a directory");
}

TEST(Spool, NamesTheDirectoryThatIsFull) {
    const Folder folder;
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1 << 20, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const std::string message = failure(folder.path());
    ::setrlimit(RLIMIT_FSIZE, &before);
    static_cast<void>(std::signal(SIGXFSZ, handler));
    EXPECT_EQ(
        message, "writing a temporary file in " + folder.path().string() + ": File too large"
    );
}

} // namespace
} // namespace pcmirror
