#include "tests/simulator/moment.hpp"

#include <charconv>
#include <chrono>
#include <fmt/format.h>

namespace pcmirror::simulator {

std::string spell_moment(Moment moment, int digits, int offset_minutes, std::string_view zone) {
    const std::int64_t ticks = moment.ticks + std::int64_t{offset_minutes} * 60 * ticks_per_second;
    std::int64_t days = ticks / ticks_per_day;
    std::int64_t rest = ticks % ticks_per_day;
    if (rest < 0) {
        rest += ticks_per_day;
        --days;
    }
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
    const std::int64_t seconds = rest / ticks_per_second;
    std::string text = fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if (digits > 0) {
        const std::string fraction = fmt::format("{:07}", rest % ticks_per_second);
        text += '.';
        text += std::string_view(fraction).substr(0, static_cast<std::size_t>(digits));
    }
    text += zone;
    return text;
}

Moment now() {
    using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, ticks_per_second>>;
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<Ticks>(since_1970).count()};
}

Moment day(int year, unsigned month, unsigned day_of_month) {
    const std::chrono::sys_days days{
        std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day_of_month}};
    return {days.time_since_epoch().count() * ticks_per_day};
}

namespace {

std::optional<unsigned> number(std::string_view text, std::size_t at, std::size_t length) {
    unsigned value = 0;
    if (text.size() < at + length)
        return {};
    const char* end = text.data() + at + length;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    if (error != std::errc{} || stop != end)
        return {};
    return value;
}

/// Of a second, in ticks; `at` moves behind its digits.
std::int64_t fraction(std::string_view text, std::size_t& at) {
    std::int64_t ticks = 0;
    for (std::int64_t unit = ticks_per_second / 10;
         at < text.size() && text[at] >= '0' && text[at] <= '9';
         ++at, unit /= 10)
        ticks += (text[at] - '0') * unit;
    return ticks;
}

/// `+02:00`, in ticks; of anything else nothing.
std::int64_t offset(std::string_view zone) {
    const auto hours = number(zone, 1, 2);
    const auto minutes = number(zone, 4, 2);
    if (!hours || !minutes)
        return 0;
    const std::int64_t ticks = (*hours * 3600 + *minutes * 60) * ticks_per_second;
    return zone.front() == '-' ? -ticks : ticks;
}

} // namespace

std::optional<Moment> read_moment(std::string_view text) {
    const auto year = number(text, 0, 4);
    const auto month = number(text, 5, 2);
    const auto day_of_month = number(text, 8, 2);
    if (!year || !month || !day_of_month || *month < 1 || *month > 12)
        return {};
    Moment result = day(static_cast<int>(*year), *month, *day_of_month);
    const auto hour = number(text, 11, 2);
    const auto minute = number(text, 14, 2);
    const auto second = number(text, 17, 2);
    if (!hour || !minute || !second)
        return text.size() == 10 ? std::optional(result) : std::nullopt;
    result.ticks += (*hour * 3600 + *minute * 60 + *second) * ticks_per_second;
    std::size_t at = 19;
    if (text.substr(at).starts_with('.'))
        result.ticks += fraction(text, ++at);
    result.ticks -= offset(text.substr(at));
    return result;
}

} // namespace pcmirror::simulator
