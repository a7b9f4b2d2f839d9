#pragma once

#include <bitset>
#include <string>
#include <string_view>

namespace pcmirror {

/// When a cron expression fires; bit n stands for minute, hour, ... n.
struct Cron {
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> days;    ///< 1 to 31
    std::bitset<13> months;  ///< 1 to 12
    std::bitset<8> weekdays; ///< 0 to 6, Sunday is 0
    /// As in cron: where both fields are restricted, a day that fits either is taken.
    bool any_day = false;
    bool any_weekday = false;
};

/// A cron expression, or what is wrong with it: `has 4 fields`.
struct CronReading {
    Cron cron;
    std::string flaw;
};

/// Reads `minute hour day month weekday` with `*`, lists, ranges, steps and English names, or one
/// of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually. What can never fire is a
/// flaw, too.
CronReading read_cron(std::string_view text);

} // namespace pcmirror
