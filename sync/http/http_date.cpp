#include "sync/http/http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace pcmirror {

namespace {

namespace chrono = std::chrono;

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = problem == std::errc() && end == text.data() + text.size();
    return whole && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<chrono::month> month(std::string_view text) {
    constexpr std::array<std::string_view, 12> names = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto* const found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) {
        return std::nullopt;
    }
    return chrono::month(static_cast<unsigned>(found - names.begin()) + 1);
}

std::optional<chrono::seconds> time_of_day(std::string_view text) {
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') {
        return std::nullopt;
    }
    const auto hours = number(text.substr(0, 2));
    const auto minutes = number(text.substr(3, 2));
    const auto seconds = number(text.substr(6, 2));
    const bool sane = hours && minutes && seconds && *hours < 24 && *minutes < 60 && *seconds <= 60;
    if (!sane) {
        return std::nullopt;
    }
    return chrono::hours(*hours) + chrono::minutes(*minutes) + chrono::seconds(*seconds);
}

std::optional<int> year(std::string_view text, chrono::system_clock::time_point now) {
    const auto value = number(text);
    if (!value || text.size() == 4) {
        return value;
    }
    if (text.size() != 2) {
        return std::nullopt;
    }
    const chrono::year_month_day today(chrono::floor<chrono::days>(now));
    const int this_year = static_cast<int>(today.year());
    const int candidate = this_year / 100 * 100 + *value;
    if (candidate > this_year + 50) {
        return candidate - 100;
    }
    return candidate <= this_year - 50 ? candidate + 100 : candidate;
}

/// The words of a date: blanks, commas and the dashes of RFC 850 separate them.
std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view separators = " ,-";
    std::vector<std::string_view> words;
    for (std::size_t begin = text.find_first_not_of(separators); begin != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        begin = text.find_first_not_of(separators, end);
    }
    return words;
}

} // namespace

std::optional<chrono::system_clock::time_point>
read_http_date(std::string_view text, chrono::system_clock::time_point now) {
    const auto words = words_of(text);
    const bool zoned = words.size() == 6 && (words[5] == "GMT" || words[5] == "UTC");
    if (!zoned && words.size() != 5) {
        return std::nullopt;
    }
    const auto at_day = number(words[zoned ? 1 : 2]);
    const auto at_month = month(words[zoned ? 2 : 1]);
    const auto at_year = year(words[zoned ? 3 : 4], now);
    const auto at_time = time_of_day(words[zoned ? 4 : 3]);
    if (!at_day || !at_month || !at_year || !at_time) {
        return std::nullopt;
    }
    const chrono::year_month_day date(
        chrono::year(*at_year), *at_month, chrono::day(static_cast<unsigned>(*at_day))
    );
    if (!date.ok()) {
        return std::nullopt;
    }
    return chrono::sys_days(date) + *at_time;
}

} // namespace pcmirror
