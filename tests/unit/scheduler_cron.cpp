#include "daemon/cron_time.hpp"

#include <date/date.h>
#include <gtest/gtest.h>
#include <sstream>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

WallTime utc(const std::string& text) {
    std::istringstream in(text);
    date::sys_seconds time;
    in >> date::parse("%F %R", time);
    EXPECT_FALSE(in.fail()) << text;
    return time;
}

std::string next(const std::string& cron, const std::string& zone, const std::string& after) {
    const auto fire = next_fire(cron, zone, utc(after));
    return date::format("%F %R", date::floor<std::chrono::minutes>(fire));
}

TEST(CronTime, FindsTheNextMinuteThatFits) {
    EXPECT_EQ(next("*/15 * * * *", "Etc/UTC", "2024-05-06 07:08"), "2024-05-06 07:15");
    EXPECT_EQ(next("0 */2 * * *", "Etc/UTC", "2024-05-06 07:08"), "2024-05-06 08:00");
    EXPECT_EQ(next("30 4 1 * *", "Etc/UTC", "2024-05-06 07:08"), "2024-06-01 04:30");
    EXPECT_EQ(next("0 0 * * mon", "Etc/UTC", "2024-05-06 00:00"), "2024-05-13 00:00");
    EXPECT_EQ(next("0 0 29 2 *", "Etc/UTC", "2024-03-01 00:00"), "2028-02-29 00:00");
    EXPECT_EQ(next("@daily", "Etc/UTC", "2024-12-31 12:00"), "2025-01-01 00:00");
}

TEST(CronTime, FiresStrictlyAfter) {
    EXPECT_EQ(next("0 * * * *", "Etc/UTC", "2024-05-06 07:00"), "2024-05-06 08:00");
    EXPECT_EQ(
        next_fire("0 * * * *", "Etc/UTC", utc("2024-05-06 07:00") - 1ms), utc("2024-05-06 07:00")
    );
}

TEST(CronTime, TakesADayThatFitsEitherFieldWhereBothAreRestricted) {
    EXPECT_EQ(next("0 0 13 * fri", "Etc/UTC", "2024-05-06 00:00"), "2024-05-10 00:00");
    EXPECT_EQ(next("0 0 13 * fri", "Etc/UTC", "2024-05-10 00:00"), "2024-05-13 00:00");
}

TEST(CronTime, KeepsLocalTimeAcrossTheSeasons) {
    EXPECT_EQ(next("0 6 * * *", "Europe/Paris", "2024-01-15 12:00"), "2024-01-16 05:00");
    EXPECT_EQ(next("0 6 * * *", "Europe/Paris", "2024-07-15 12:00"), "2024-07-16 04:00");
}

// 31 March 2024, Paris: 02:00 becomes 03:00, which is 01:00 UTC.
TEST(CronTime, FiresAtTheEndOfAnHourThatIsLeftOut) {
    EXPECT_EQ(next("30 2 * * *", "Europe/Paris", "2024-03-30 12:00"), "2024-03-31 01:00");
    EXPECT_EQ(next("30 2 * * *", "Europe/Paris", "2024-03-31 01:00"), "2024-04-01 00:30");
}

// 27 October 2024, Paris: 03:00 becomes 02:00, which is 01:00 UTC.
TEST(CronTime, FiresOnceInAnHourThatComesTwice) {
    EXPECT_EQ(next("30 2 * * *", "Europe/Paris", "2024-10-26 12:00"), "2024-10-27 00:30");
    EXPECT_EQ(next("30 2 * * *", "Europe/Paris", "2024-10-27 00:30"), "2024-10-28 01:30");
}

TEST(CronTime, FiresEachTimeInAnHourThatComesTwiceWhereEveryHourIsMeant) {
    EXPECT_EQ(next("*/30 * * * *", "Europe/Paris", "2024-10-27 00:30"), "2024-10-27 01:00");
    EXPECT_EQ(next("*/30 * * * *", "Europe/Paris", "2024-10-27 01:00"), "2024-10-27 01:30");
    EXPECT_EQ(next("*/30 * * * *", "Europe/Paris", "2024-10-27 01:30"), "2024-10-27 02:00");
}

TEST(CronTime, KnowsWhenItFiredLast) {
    Schedule schedule;
    schedule.cron = "0 2 * * mon";
    schedule.timezone = "Etc/UTC";
    EXPECT_EQ(last_fire(schedule, utc("2024-05-08 07:08")), utc("2024-05-06 02:00"));
    EXPECT_EQ(last_fire(schedule, utc("2024-05-06 02:00")), utc("2024-05-06 02:00"));
}

TEST(CronTime, TellsTheGapsOfASchedule) {
    Schedule schedule;
    schedule.cron = "0 8,12 * * *";
    schedule.timezone = "Etc/UTC";
    const Interval interval = interval_of(schedule, utc("2024-05-08 07:08"));
    EXPECT_EQ(interval.shortest, 4h);
    EXPECT_EQ(interval.longest, 20h);
    EXPECT_EQ(stale_after(schedule, utc("2024-05-08 07:08")), 60h);
    EXPECT_EQ(show_schedule(schedule), "0 8,12 * * * Etc/UTC");
}

TEST(CronTime, TakesStaleAfterFromTheConfiguration) {
    Schedule schedule;
    schedule.every = 15min;
    EXPECT_EQ(stale_after(schedule, {}), 45min);
    schedule.stale_after = 1h;
    EXPECT_EQ(stale_after(schedule, {}), 1h);
    EXPECT_EQ(show_schedule(schedule), "every 15m");
}

} // namespace
} // namespace pcmirror
