#include "config/value.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <type_traits>

namespace pcmirror {

namespace {

template <class T> std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// Digits that are too many for the type are a number all the same, only out of range.
bool is_digits(std::string_view text) {
    if (text.starts_with('-'))
        text.remove_prefix(1);
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<int> read_whole_number(const Place& place, int lowest, int highest) {
    const std::string* written = unquoted_of(place);
    if (written == nullptr)
        return std::nullopt;
    if (!is_digits(*written)) {
        place.wrong(found(place.node) + " is no whole number");
        return std::nullopt;
    }
    const auto value = number<int>(*written);
    const bool negative = written->front() == '-';
    if (value ? *value < lowest : negative) {
        place.wrong(fmt::format("{} is below the minimum {}", found(place.node), lowest));
        return std::nullopt;
    }
    if (!value || *value > highest) {
        place.wrong(fmt::format("{} is above the maximum {}", found(place.node), highest));
        return std::nullopt;
    }
    return value;
}

std::optional<double> read_fraction(const Place& place) {
    const std::string* written = unquoted_of(place);
    if (written == nullptr)
        return std::nullopt;
    const auto value = number<double>(*written);
    if (!value || !std::isfinite(*value)) {
        const bool percent = written->ends_with('%');
        place.wrong(found(place.node) + " is no number", percent ? "50% is written 0.5" : "");
        return std::nullopt;
    }
    if (*value < 0 || *value > 1) {
        place.wrong(found(place.node) + " is not between 0 and 1");
        return std::nullopt;
    }
    return value;
}

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<bool> read_flag(const Place& place) {
    const std::string* written = unquoted_of(place);
    if (written == nullptr)
        return std::nullopt;
    if (is_any_of(*written, {"true", "True", "TRUE"}))
        return true;
    if (is_any_of(*written, {"false", "False", "FALSE"}))
        return false;
    place.wrong(found(place.node) + " is neither true nor false");
    return std::nullopt;
}

std::optional<Milliseconds> read_some_duration(const Place& place, Milliseconds lowest) {
    const std::string* written = value_of(place);
    if (written == nullptr)
        return std::nullopt;
    const auto value = read_duration(*written);
    if (!value) {
        const bool unitless =
            is_digits(*written) && !written->starts_with('-') && !place.node.replaced;
        place.wrong(
            found(place.node) + " is no duration",
            unitless ? fmt::format("add the unit: {}s", *written) : std::string()
        );
        return std::nullopt;
    }
    if (*value < lowest) {
        place.wrong(
            fmt::format("{} is below the minimum {}", found(place.node), show_duration(lowest))
        );
        return std::nullopt;
    }
    return value;
}

/// What is wrong with a text that is given, by its check; reports it.
bool passes(const Place& place, std::string& text, TextCheck check, bool is_secret) {
    const std::string flaw = check(text);
    if (flaw.empty())
        return true;
    // A URL with a user name before the host has a password there, too; "@daily" has none.
    const bool hidden = is_secret || text.find('@', 1) != std::string::npos;
    place.wrong((hidden ? "the value" : found(place.node)) + " " + flaw);
    return false;
}

std::optional<std::string> read_text(const Place& place, TextCheck check, bool is_secret) {
    const std::string* written = text_of(place);
    if (written == nullptr)
        return std::nullopt;
    std::string value = *written;
    if (!value.empty() && !passes(place, value, check, is_secret))
        return std::nullopt;
    return value;
}

std::optional<std::vector<std::string>> read_list(const Place& place, TextCheck check) {
    std::vector<std::string> values;
    if (!is_list(place))
        return values;
    for (std::size_t index = 0; index < place.node.items.size(); ++index) {
        const TreeNode& node = *place.node.items[index];
        const Place item{
            place.context, node, node.at, fmt::format("{}[{}]", place.path, index), place.accepted};
        const auto value = read_text(item, check, false);
        if (value && value->empty())
            item.wrong("is empty");
        else if (value)
            values.push_back(*value);
    }
    return values;
}

} // namespace

Value<int> whole_number(int lowest, int highest) {
    return {
        fmt::format("a whole number, {} to {}", lowest, highest),
        [=](const Place& place) { return read_whole_number(place, lowest, highest); },
        [](int value) { return std::to_string(value); }};
}

Value<double> fraction() {
    return {"a fraction, 0 to 1, such as 0.5", read_fraction, [](double value) {
                return fmt::format("{}", value);
            }};
}

Value<bool> flag() {
    return {"true or false", read_flag, [](bool value) { return value ? "true" : "false"; }};
}

template <class T> Value<T> duration(T lowest) {
    const bool seconds = std::is_same_v<T, Seconds>;
    return {
        fmt::format(
            "{}, {} or more, such as 90s, 15m, 1h30m or 2d",
            seconds ? "a duration in whole seconds" : "a duration",
            show_duration(lowest)
        ),
        [=](const Place& place) -> std::optional<T> {
            const auto value = read_some_duration(place, lowest);
            if (!value)
                return std::nullopt;
            const T whole = std::chrono::floor<T>(*value);
            if (whole == *value)
                return whole;
            place.wrong(found(place.node) + " has a part of a second");
            return std::nullopt;
        },
        [](T value) { return show_duration(value); }};
}

template Value<Seconds> duration(Seconds lowest);
template Value<Milliseconds> duration(Milliseconds lowest);

Value<std::string> one_of(std::vector<std::string> words) {
    const auto read = [words](const Place& place) -> std::optional<std::string> {
        const std::string* written = value_of(place);
        if (written == nullptr)
            return std::nullopt;
        if (std::find(words.begin(), words.end(), *written) != words.end())
            return *written;
        const std::string near = place.node.replaced ? std::string() : nearest(*written, words);
        place.wrong(
            found(place.node) + " is none of the known words",
            near.empty() ? near : fmt::format("did you mean \"{}\"?", near)
        );
        return std::nullopt;
    };
    return {"one of " + listed(words), read, [](const std::string& value) { return value; }};
}

Value<std::string> text(std::string accepted, TextCheck check) {
    return {
        std::move(accepted),
        [=](const Place& place) { return read_text(place, check, false); },
        [](const std::string& value) { return value; }};
}

Value<Secret> secret(std::string accepted, TextCheck check) {
    return {
        std::move(accepted),
        [=](const Place& place) -> std::optional<Secret> {
            auto value = read_text(place, check, true);
            return value ? std::optional(Secret(std::move(*value))) : std::nullopt;
        },
        [](const Secret& value) { return value.empty() ? "" : "***"; }};
}

Value<std::vector<std::string>> list_of(const std::string& accepted, TextCheck check) {
    return {
        "a list of " + accepted,
        [=](const Place& place) { return read_list(place, check); },
        [](const std::vector<std::string>& values) { return "[" + listed(values) + "]"; }};
}

} // namespace pcmirror
