#include "config/variables.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {

namespace {

bool is_name(std::string_view text) {
    const auto is_letter = [](char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && !is_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return is_letter(c) || is_digit(c);
           });
}

} // namespace

Replaced replace_variables(std::string_view scalar, const Environment& environment) {
    Replaced result;
    while (!scalar.empty()) {
        const std::size_t dollar = std::min(scalar.find('$'), scalar.size());
        result.text += scalar.substr(0, dollar);
        scalar.remove_prefix(dollar);
        if (!scalar.starts_with("${")) {
            result.text += scalar.substr(0, 1);
            scalar.remove_prefix(
                scalar.starts_with("$$") ? 2 : std::min<std::size_t>(1, scalar.size())
            );
            continue;
        }
        const std::size_t end = scalar.find('}');
        const std::string_view name = scalar.substr(2, std::min(end, scalar.size()) - 2);
        if (end == std::string_view::npos || !is_name(name)) {
            result.wrong = "\"${\" is not followed by a variable's name and \"}\" "
                           "(${NAME}; \"$$\" for a dollar sign)";
            return result;
        }
        const auto value = environment(name);
        if (!value) {
            result.wrong = fmt::format(
                "the environment variable {} is not set (a variable that is set, or \"$$\" for a "
                "dollar sign)",
                name
            );
            return result;
        }
        result.text += *value;
        result.changed = true;
        scalar.remove_prefix(end + 1);
    }
    return result;
}

} // namespace pcmirror
