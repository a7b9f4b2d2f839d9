#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// An instant in units of 100 ns since 1970, as precise as the API's seven digits.
struct Moment {
    std::int64_t ticks = 0;
    bool operator==(const Moment&) const = default;
};

inline constexpr std::int64_t ticks_per_second = 10'000'000;
inline constexpr std::int64_t ticks_per_day = 86'400 * ticks_per_second;
/// `0001-01-01T00:00:00`: what a date-time that can't be null says for "nothing".
inline constexpr Moment year_one{-62'135'596'800 * ticks_per_second};
/// `9999-12-31T23:59:59.9999999`
inline constexpr Moment end_of_time{253'402'300'800 * ticks_per_second - 1};

/// `2018-03-15T02:17:15` followed by that many digits of the fraction (cut off) and the zone, which
/// `offset_minutes` has been applied for.
std::string spell_moment(Moment moment, int digits, int offset_minutes, std::string_view zone);

/// Reads `2018-03-15T02:17:15[.fraction][Z]`; nothing if it is none.
std::optional<Moment> read_moment(std::string_view text);

Moment now();

/// Midnight of a day.
Moment day(int year, unsigned month, unsigned day_of_month);

} // namespace pcmirror::simulator
