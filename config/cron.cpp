#include "config/cron.hpp"

#include "config/checks.hpp"
#include "schema/counted.hpp"
#include "schema/letters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <date/tz.h>
#include <fmt/format.h>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace pcmirror {

namespace {

constexpr std::array<std::string_view, 12> month_names = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names = {
    "sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct CronField {
    std::string_view name;
    int lowest;
    int highest;
    std::span<const std::string_view> names;
};

constexpr std::array fields = {
    CronField{"minute", 0, 59, {}},
    CronField{"hour", 0, 23, {}},
    CronField{"day", 1, 31, {}},
    CronField{"month", 1, 12, month_names},
    CronField{"weekday", 0, 7, weekday_names}};

struct Shorthand {
    std::string_view name;
    std::string_view meaning;
};

constexpr std::array shorthands = {
    Shorthand{"@hourly", "0 * * * *"},
    Shorthand{"@daily", "0 0 * * *"},
    Shorthand{"@midnight", "0 0 * * *"},
    Shorthand{"@weekly", "0 0 * * 0"},
    Shorthand{"@monthly", "0 0 1 * *"},
    Shorthand{"@yearly", "0 0 1 1 *"},
    Shorthand{"@annually", "0 0 1 1 *"}};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find_first_of(separators);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string_view> split_fields(std::string_view text) {
    std::vector<std::string_view> parts = split(text, " \t");
    std::erase(parts, std::string_view());
    return parts;
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && !text.starts_with('-') ? std::optional(value) : std::nullopt;
}

std::optional<int> point(std::string_view text, const CronField& field) {
    std::string word(text);
    std::ranges::transform(word, word.begin(), lower_letter);
    for (std::size_t index = 0; index < field.names.size(); ++index)
        if (field.names[index] == word)
            return static_cast<int>(index) + field.lowest;
    const auto value = number(text);
    return value && *value >= field.lowest && *value <= field.highest ? value : std::nullopt;
}

/// One part of a list: `*`, `5`, `1-5`, each with `/step`; returns whether it is one.
template <std::size_t Size>
bool read_part(std::string_view part, const CronField& field, std::bitset<Size>& bits) {
    const std::size_t slash = part.find('/');
    const auto step =
        slash == std::string_view::npos ? std::optional(1) : number(part.substr(slash + 1));
    if (!step || *step < 1 || *step > field.highest)
        return false;
    const std::string_view range = part.substr(0, slash);
    const std::size_t dash = range.find('-');
    const bool any = range == "*";
    const auto first = any ? std::optional(field.lowest) : point(range.substr(0, dash), field);
    std::optional<int> last = first;
    if (dash != std::string_view::npos)
        last = point(range.substr(dash + 1), field);
    else if (any || slash != std::string_view::npos)
        last = field.highest;
    if (!first || !last || *first > *last)
        return false;
    for (int value = *first; value <= *last; value += *step)
        bits.set(static_cast<std::size_t>(value));
    return true;
}

template <std::size_t Size>
std::string read_field(std::string_view text, const CronField& field, std::bitset<Size>& bits) {
    for (const std::string_view part : split(text, ","))
        if (!read_part(part, field, bits))
            return fmt::format(
                "is no cron expression: the {} must be {} to {}",
                field.name,
                field.lowest,
                field.highest
            );
    return {};
}

/// Whether some month has some of the days; a weekday comes in every month.
bool can_fire(const Cron& cron) {
    constexpr std::array<std::size_t, 13> longest = {
        0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!cron.any_day && !cron.any_weekday)
        return true;
    for (std::size_t month = 1; month < longest.size(); ++month)
        for (std::size_t day = 1; cron.months[month] && day <= longest[month]; ++day)
            if (cron.days[day])
                return true;
    return false;
}

} // namespace

CronReading read_cron(std::string_view text) {
    for (const Shorthand& shorthand : shorthands)
        if (text == shorthand.name)
            text = shorthand.meaning;
    const auto parts = split_fields(text);
    if (parts.size() != fields.size())
        return {{}, "is no cron expression: " + counted(parts.size(), "field") + " instead of 5"};
    CronReading reading;
    Cron& cron = reading.cron;
    const std::array flaws = {
        read_field(parts[0], fields[0], cron.minutes),
        read_field(parts[1], fields[1], cron.hours),
        read_field(parts[2], fields[2], cron.days),
        read_field(parts[3], fields[3], cron.months),
        read_field(parts[4], fields[4], cron.weekdays)};
    for (const std::string& flaw : flaws)
        if (!flaw.empty())
            return {{}, flaw};
    if (cron.weekdays[7])
        cron.weekdays.set(0);
    cron.weekdays.reset(7);
    cron.any_day = parts[2].starts_with('*');
    cron.any_weekday = parts[4].starts_with('*');
    if (!can_fire(cron))
        return {{}, "never fires: no such month has that day"};
    return reading;
}

std::string check_cron(std::string& text) {
    return read_cron(text).flaw;
}

std::string check_timezone(std::string& text) {
    try {
        date::locate_zone(text);
        return {};
    } catch (const std::runtime_error&) {
        return "is no time zone that this machine knows";
    }
}

} // namespace pcmirror
