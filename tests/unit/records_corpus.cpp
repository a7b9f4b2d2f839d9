#include "tests/fuzz/entry_points.hpp"
#include "tests/places/places.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <random>

namespace pcmirror {
namespace {

namespace fs = std::filesystem;

// Runs every seed, then seeds with a few bytes changed; returns how many seeds there were.
std::size_t run(const std::string& target, const std::function<void(std::string_view)>& entry) {
    std::size_t seeds = 0;
    std::mt19937 random(1);
    for (const auto& file : fs::directory_iterator(places::source("tests/fuzz/corpus/") + target)) {
        std::ifstream stream(file.path(), std::ios::binary);
        const std::string seed{std::istreambuf_iterator<char>(stream), {}};
        SCOPED_TRACE(file.path().filename().string());
        entry(seed);
        for (int i = 0; i < 200 && !seed.empty(); ++i) {
            std::string changed = seed;
            for (std::size_t n = 1 + random() % 3; n > 0; --n)
                changed[random() % changed.size()] = seed[random() % seed.size()];
            entry(changed);
        }
        ++seeds;
    }
    return seeds;
}

TEST(Corpus, OfPagesBreaksNoPromise) {
    EXPECT_GT(run("page", fuzz::page), 5U);
}

TEST(Corpus, OfRecordsBreaksNoPromise) {
    EXPECT_GT(run("record", fuzz::record), 5U);
}

TEST(Corpus, OfTextsBreaksNoPromise) {
    EXPECT_GT(run("text", fuzz::text), 5U);
}

TEST(Corpus, OfBatchFilesBreaksNoPromise) {
    EXPECT_GT(run("csv", fuzz::csv), 5U);
}

} // namespace
} // namespace pcmirror
