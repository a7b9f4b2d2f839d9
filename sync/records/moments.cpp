#include "sync/records/normal.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using std::chrono::day;
using std::chrono::minutes;
using std::chrono::month;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Reads its text piece by piece; once something does not fit, `failed` stays.
struct Reader {
    std::string_view rest;
    bool failed = false;

    int digits(std::size_t count) {
        int number = 0;
        for (std::size_t i = 0; i < count; ++i)
            number = number * 10 + digit();
        return number;
    }

    bool optional(char c) {
        const bool found = !rest.empty() && (rest.front() == c);
        if (found)
            rest.remove_prefix(1);
        return found;
    }

    void expect(char c) { failed = !optional(c) || failed; }

  private:
    int digit() {
        if (rest.empty() || !is_digit(rest.front())) {
            failed = true;
            return 0;
        }
        const int value = rest.front() - '0';
        rest.remove_prefix(1);
        return value;
    }
};

struct Moment {
    year_month_day date = {};
    seconds time = 0s;
    std::string fraction; // at most six digits, no zeros at the end
    seconds offset = 0s;
};

year_month_day read_day(Reader& reader) {
    const int y = reader.digits(4);
    reader.expect('-');
    const int m = reader.digits(2);
    reader.expect('-');
    const int d = reader.digits(2);
    const year_month_day date(
        year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))
    );
    // PostgreSQL has no year 0.
    reader.failed = reader.failed || !date.ok() || y == 0;
    return date;
}

seconds read_time(Reader& reader) {
    const int h = reader.digits(2);
    reader.expect(':');
    const int m = reader.digits(2);
    reader.expect(':');
    const int s = reader.digits(2);
    reader.failed = reader.failed || h > 23 || m > 59 || s > 59;
    return h * 1h + m * 1min + s * 1s;
}

std::string read_fraction(Reader& reader) {
    std::string digits;
    if (!reader.optional('.'))
        return digits;
    std::size_t size = 0;
    while (size < reader.rest.size() && is_digit(reader.rest[size]))
        ++size;
    reader.failed = reader.failed || size == 0;
    digits = reader.rest.substr(0, std::min<std::size_t>(size, 6));
    reader.rest.remove_prefix(size);
    while (!digits.empty() && digits.back() == '0')
        digits.pop_back();
    return digits;
}

seconds read_offset(Reader& reader) {
    if (reader.rest.empty() || reader.optional('Z') || reader.optional('z'))
        return 0s;
    const int sign = reader.optional('-') ? -1 : 1;
    if (sign > 0)
        reader.expect('+');
    const int h = reader.digits(2);
    reader.expect(':');
    const int m = reader.digits(2);
    const minutes offset = h * 1h + m * 1min;
    reader.failed = reader.failed || m > 59 || offset > 18h;
    return sign * offset;
}

std::optional<Moment> read_moment(std::string_view text) {
    Reader reader{text};
    Moment moment;
    moment.date = read_day(reader);
    if (!reader.optional('t'))
        reader.expect('T');
    moment.time = read_time(reader);
    moment.fraction = read_fraction(reader);
    moment.offset = read_offset(reader);
    if (reader.failed || !reader.rest.empty())
        return std::nullopt;
    return moment;
}

// What .NET calls DateTime.MinValue and sends where there is no date.
bool is_no_date(year_month_day date) {
    return date == year_month_day(year(1), month(1), day(1));
}

void append_padded(std::string& text, long number, std::size_t width) {
    const std::string digits = std::to_string(number);
    text.append(width - std::min(width, digits.size()), '0').append(digits);
}

std::string print_day(year_month_day date) {
    std::string text;
    append_padded(text, static_cast<int>(date.year()), 4);
    text += '-';
    append_padded(text, static_cast<unsigned>(date.month()), 2);
    text += '-';
    append_padded(text, static_cast<unsigned>(date.day()), 2);
    return text;
}

} // namespace

std::optional<std::string> read_timestamp(std::string_view text) {
    const std::optional<Moment> moment = read_moment(text);
    if (!moment)
        return std::nullopt;
    if (is_no_date(moment->date))
        return "";

    const auto instant = sys_days(moment->date) + moment->time - moment->offset;
    const auto midnight = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::hh_mm_ss time(instant - midnight);
    std::string printed = print_day(year_month_day(midnight));
    printed += ' ';
    append_padded(printed, time.hours().count(), 2);
    printed += ':';
    append_padded(printed, time.minutes().count(), 2);
    printed += ':';
    append_padded(printed, time.seconds().count(), 2);
    if (!moment->fraction.empty())
        printed.append(".").append(moment->fraction);
    return printed + "+00";
}

std::optional<std::string> read_date(std::string_view text) {
    Reader reader{text};
    const year_month_day date = read_day(reader);
    if (reader.failed || (!reader.rest.empty() && !read_moment(text)))
        return std::nullopt;
    return is_no_date(date) ? "" : print_day(date);
}

} // namespace pcmirror
