#include "config/read.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <string>

namespace pcmirror {

namespace {

struct Unit {
    std::string_view name;
    long long milliseconds;
};

// Longest first: the order in which the parts of a duration stand.
constexpr std::array units = {
    Unit{"d", 86'400'000},
    Unit{"h", 3'600'000},
    Unit{"m", 60'000},
    Unit{"s", 1'000},
    Unit{"ms", 1}};

// A hundred years: more is a slip of the hand, and it keeps every sum of durations in range.
constexpr long long longest = 36'500LL * 86'400'000;

/// Takes `15m` from the front of the text; the index of its unit, or nothing.
std::optional<std::size_t> take_part(std::string_view& text, long long& amount) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
    if (error != std::errc() || amount < 0 || text.front() == '-')
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::size_t length = std::min(text.find_first_of("0123456789"), text.size());
    const std::string_view name = text.substr(0, length);
    text.remove_prefix(length);
    for (std::size_t index = 0; index < units.size(); ++index)
        if (units[index].name == name)
            return index;
    return std::nullopt;
}

} // namespace

std::optional<std::chrono::milliseconds> read_duration(std::string_view text) {
    if (text.empty())
        return std::nullopt;
    long long total = 0;
    std::size_t next_unit = 0;
    while (!text.empty()) {
        long long amount = 0;
        const auto unit = take_part(text, amount);
        if (!unit || *unit < next_unit || amount > longest / units[*unit].milliseconds)
            return std::nullopt;
        total += amount * units[*unit].milliseconds;
        next_unit = *unit + 1;
    }
    if (total > longest)
        return std::nullopt;
    return std::chrono::milliseconds(total);
}

std::string show_duration(std::chrono::milliseconds duration) {
    long long rest = duration.count();
    std::string text;
    for (const Unit& unit : units) {
        if (const long long amount = rest / unit.milliseconds; amount != 0)
            text += std::to_string(amount) + std::string(unit.name);
        rest %= unit.milliseconds;
    }
    return text.empty() ? "0s" : text;
}

} // namespace pcmirror
