#include "config/read.hpp"

#include <gtest/gtest.h>

namespace pcmirror::test {

using namespace std::chrono_literals;

TEST(Duration, IsReadFromItsParts) {
    EXPECT_EQ(read_duration("90s"), 90s);
    EXPECT_EQ(read_duration("15m"), 15min);
    EXPECT_EQ(read_duration("6h"), 6h);
    EXPECT_EQ(read_duration("2d"), 48h);
    EXPECT_EQ(read_duration("1h30m"), 90min);
    EXPECT_EQ(read_duration("500ms"), 500ms);
    EXPECT_EQ(read_duration("1d2h3m4s5ms"), 24h + 2h + 3min + 4s + 5ms);
    EXPECT_EQ(read_duration("0s"), 0s);
    EXPECT_EQ(read_duration("36500d"), 36500 * 24h);
}

TEST(Duration, IsNothingElse) {
    for (const char* wrong :
         {"",
          "90",
          "s",
          "1.5h",
          "-5s",
          "+5s",
          " 5s",
          "5 s",
          "5s ",
          "5S",
          "1w",
          "1m1h",
          "1h1h",
          "1h30",
          "1hm",
          "1h-5m",
          "٣s",
          "0x10s",
          "1e3s",
          "36501d",
          "36500d1ms",
          "99999999999999999999s",
          "9223372036854775807d",
          "1h30m30",
          "soon"})
        EXPECT_EQ(read_duration(wrong), std::nullopt) << wrong;
}

TEST(Duration, IsShownByTheLargestUnitsThatFit) {
    EXPECT_EQ(show_duration(0ms), "0s");
    EXPECT_EQ(show_duration(90s), "1m30s");
    EXPECT_EQ(show_duration(90min), "1h30m");
    EXPECT_EQ(show_duration(48h), "2d");
    EXPECT_EQ(show_duration(1500ms), "1s500ms");
}

TEST(Duration, IsReadAsItWasShown) {
    for (long long ms = 0; ms < 1'000'000'000'000; ms = ms * 3 + 7)
        EXPECT_EQ(
            read_duration(show_duration(std::chrono::milliseconds(ms))),
            std::chrono::milliseconds(ms)
        );
}

} // namespace pcmirror::test
