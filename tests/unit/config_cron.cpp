#include "config/cron.hpp"

#include <gtest/gtest.h>

namespace pcmirror::test {

TEST(Cron, TakesEveryFormOfAField) {
    const CronReading reading = read_cron("0,30 */8 1-7/3 jan,JUN-aug 5/1");

    ASSERT_EQ(reading.flaw, "");
    EXPECT_EQ(reading.cron.minutes.count(), 2U);
    EXPECT_TRUE(reading.cron.minutes[30]);
    EXPECT_EQ(reading.cron.hours.to_ulong(), 1UL << 0 | 1UL << 8 | 1UL << 16);
    EXPECT_EQ(reading.cron.days.to_ulong(), 1UL << 1 | 1UL << 4 | 1UL << 7);
    EXPECT_EQ(reading.cron.months.to_ulong(), 1UL << 1 | 1UL << 6 | 1UL << 7 | 1UL << 8);
    EXPECT_FALSE(reading.cron.any_day);
    EXPECT_FALSE(reading.cron.any_weekday);
}

TEST(Cron, CountsSundayAsZeroHoweverItIsWritten) {
    for (const char* sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "@weekly"})
        EXPECT_EQ(read_cron(sunday).cron.weekdays.to_ulong(), 1UL) << sunday;
    EXPECT_EQ(read_cron("0 0 * * 5-7").cron.weekdays.to_ulong(), 1UL << 0 | 1UL << 5 | 1UL << 6);
}

TEST(Cron, TakesWordsForCommonTimes) {
    for (const char* word :
         {"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"})
        EXPECT_EQ(read_cron(word).flaw, "") << word;
    EXPECT_NE(read_cron("@reboot").flaw, "");
}

TEST(Cron, RefusesWhatIsNoTime) {
    for (const char* wrong :
         {"",
          "*",
          "* * * *",
          "* * * * * *",
          "60 * * * *",
          "* 24 * * *",
          "* * 0 * *",
          "* * 32 * *",
          "* * * 0 *",
          "* * * 13 *",
          "* * * * 8",
          "-1 * * * *",
          "5-1 * * * *",
          "*/0 * * * *",
          "*/60 * * * *",
          "1- * * * *",
          "-5 * * * *",
          ", * * * *",
          "1,,2 * * * *",
          "x * * * *",
          "* * * foo *",
          "* * * * sunday",
          "1.5 * * * *",
          "** * * * *",
          "*/ * * * *",
          "+1 * * * *",
          "99999999999 * * * *",
          "1/2/3 * * * *"})
        EXPECT_NE(read_cron(wrong).flaw, "") << wrong;
}

TEST(Cron, RefusesWhatNeverFires) {
    for (const char* never : {"0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30-31 feb */2"})
        EXPECT_NE(read_cron(never).flaw.find("never fires"), std::string::npos) << never;
    for (const char* rare : {"0 0 29 2 *", "0 0 31 2 1", "0 0 31 1-2 *"})
        EXPECT_EQ(read_cron(rare).flaw, "") << rare;
}

} // namespace pcmirror::test
