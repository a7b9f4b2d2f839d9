#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Small pieces that SQL text is put together from.
namespace pcmirror::sql {

/// Joins what `one` makes of each name.
inline std::string each(
    const std::vector<std::string>& names,
    std::string_view separator,
    const std::function<std::string(const std::string&)>& one
) {
    std::string joined;
    for (const std::string& name : names) {
        if (!joined.empty())
            joined += separator;
        joined += one(name);
    }
    return joined;
}

inline std::string listed(const std::vector<std::string>& names, const std::string& prefix = {}) {
    return each(names, ", ", [&](const std::string& name) { return prefix + name; });
}

/// Tells the rows `of` one customer, that of `row`. A range, as the planner takes each for a small
/// part of its table, while statistics from when there were few customers would have it read all.
inline std::string of_customer(const std::string& of, const std::string& row) {
    return of + ".customer_id between " + row + ".customer_id and " + row + ".customer_id";
}

/// A text as SQL literal.
inline std::string quoted(std::string_view text) {
    std::string literal = "'";
    for (const char letter : text) {
        if (letter == '\'')
            literal += '\'';
        literal += letter;
    }
    return literal + "'";
}

/// A statement with one of its placeholders, such as `{alive}`, filled in.
inline std::string filled(std::string text, std::string_view placeholder, const std::string& with) {
    const std::size_t at = text.find(placeholder);
    return text.replace(at, placeholder.size(), with);
}

} // namespace pcmirror::sql
