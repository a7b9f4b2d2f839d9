#include "sync/db/differences.hpp"
#include "sync/db/row_reads.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Differences, ThatLastAreUsual) {
    const Differences usual{{"office", 2}, {"power", -1}};
    EXPECT_TRUE(deviation_of(usual, usual, {}).empty());
    EXPECT_TRUE(deviation_of({{"office", 2}}, usual, {}).empty()) << "a counter that is gone";
}

TEST(Differences, DeviateByWhatIsUsualAndNotByZero) {
    const Deviation found =
        deviation_of({{"office", 3}, {"power", -2}, {"quiet", 0}, {"new", 1}}, {{"office", 2}}, {});
    EXPECT_THAT(found.risen, ElementsAre("new", "office"));
    EXPECT_THAT(found.fallen, ElementsAre("power"));
}

TEST(Differences, ThatAreExpectedDoNotDeviate) {
    const Differences expected{{"office", -1}};
    EXPECT_TRUE(deviation_of({{"office", -1}}, {}, expected).empty());
    EXPECT_THAT(deviation_of({{"office", -2}}, {}, expected).fallen, ElementsAre("office"));
}

TEST(Differences, AreSearchedOnlyWhereTheyWereThereBeforeThePassReadAnything) {
    const Deviation before{{"office", "power"}, {"quiet"}};
    const Deviation now{{"office", "quiet"}, {"power"}};
    const Deviation wanted = lasting(before, now);
    EXPECT_THAT(wanted.risen, ElementsAre("office"));
    EXPECT_THAT(wanted.fallen, IsEmpty());
}

TEST(Differences, ThatOurOwnFindingsMadeAreExpectedUntilTheCounterFollows) {
    // Before, all was well; then a license was found that the counter does not know yet.
    EXPECT_THAT(expected_after({{"office", -1}}, {}, {}, {}, {}), ElementsAre(Pair("office", -1)));
    // It follows.
    EXPECT_THAT(expected_after({{"office", 0}}, {}, {{"office", -1}}, {}, {}), IsEmpty());
    // It has not yet.
    EXPECT_THAT(
        expected_after({{"office", -1}}, {}, {{"office", -1}}, {}, {}),
        ElementsAre(Pair("office", -1))
    );
    // What deviated before is not our doing.
    EXPECT_THAT(expected_after({{"office", 1}}, {}, {}, {{"office"}, {}}, {}), IsEmpty());
    // Nor what a counter says that moved while we read.
    EXPECT_THAT(expected_after({{"office", 1}}, {}, {}, {}, {"office"}), IsEmpty());
}

TEST(Differences, NameTheCountersThatDeviate) {
    const Deviation found{{"office", "power"}, {"quiet"}};
    EXPECT_THAT(found.counters(), ElementsAre("office", "power", "quiet"));
    EXPECT_EQ(counters_to_json(found.counters()), R"(["office","power","quiet"])");
    EXPECT_EQ(read_counters(counters_to_json(found.counters())), found.counters());
    EXPECT_TRUE(read_counters("").empty());
}

TEST(Differences, AreKeptAsJson) {
    const Differences some{{"CFQ7TTC0K5DR/0002", -3}, {"office", 12}};
    EXPECT_EQ(to_json(some), R"({"CFQ7TTC0K5DR/0002":-3,"office":12})");
    EXPECT_EQ(read_differences(to_json(some)), some);
    EXPECT_EQ(to_json({}), "");
    EXPECT_TRUE(read_differences("").empty());
}

TEST(RollingReRead, GoesRoundSoonEnoughForARowWhoseTurnComesRightAfterAPass) {
    constexpr double hour = 3600;
    EXPECT_EQ(rolling_period(168 * hour, 6 * hour), 162 * hour);
    EXPECT_EQ(rolling_period(8 * hour, 6 * hour), 4 * hour) << "every other pass asks all";
    EXPECT_EQ(rolling_period(0, 6 * hour), 1) << "each pass asks all";
}

} // namespace
} // namespace pcmirror::testing
