#include "sync/db/search_load.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

// How many requests a search is likely to make.

TEST(SearchLoad, IsThoseWhoChangedWhereTheySuffice) {
    EXPECT_DOUBLE_EQ(likely_search(1, 0, {.changed = 3, .others = {0, 400, 100, 0}}), 3);
    EXPECT_GT(likely_search(4, 0, {.changed = 3, .others = {0, 400, 100, 0}}), 100);
}

TEST(SearchLoad, IsTheMeanOverThePlacesWhereTheSoughtMayStand) {
    // It comes in steps of 8, 8, 16, 32: that is where a search of 64 may stop.
    const double mean = (8 * 8 + 8 * 16 + 16 * 32 + 32 * 64) / 64.0;
    EXPECT_DOUBLE_EQ(likely_search(1, 0, {.others = {0, 64, 900, 0}}), mean);
    EXPECT_DOUBLE_EQ(likely_search(0, 1, {.others = {64, 0, 0, 0}}), mean);
    EXPECT_GT(likely_search(2, 0, {.others = {0, 64, 900, 0}}), mean);
}

TEST(SearchLoad, PassesWhoMayHaveLostSomethingOnTheWayToThoseWhoGot) {
    EXPECT_GT(likely_search(1, 1, {.others = {64, 64, 0, 0}}), 64);
}

TEST(SearchLoad, IsEverybodyWhereNobodyIsLikely) {
    EXPECT_DOUBLE_EQ(likely_search(0, 1, {.others = {0, 0, 30, 10}}), 40);
    EXPECT_DOUBLE_EQ(likely_search(1, 0, {}), 0);
}

TEST(SearchLoad, EndsAtTheLimitOfAPass) {
    EXPECT_DOUBLE_EQ(likely_search(500, 0, {.others = {0, 9'000, 0, 0}}), 500);
}

} // namespace
} // namespace pcmirror
