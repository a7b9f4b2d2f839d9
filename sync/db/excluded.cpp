#include "sync/db/excluded.hpp"

#include "sync/db/arrays.hpp"

namespace pcmirror {

std::string like_patterns(const std::vector<std::string>& wildcards) {
    ArrayLiteral array;
    for (const std::string& wildcard : wildcards) {
        std::string pattern;
        for (const char letter : wildcard) {
            if (letter == '%' || letter == '_' || letter == '\\')
                pattern += '\\';
            pattern += letter == '*' ? '%' : letter;
        }
        array.add(pattern);
    }
    return array.text();
}

std::string
excluded_condition(const std::string& row, const std::string& include, const std::string& exclude) {
    const auto matches = [&](const std::string& patterns) {
        return "(" + row + ".customer_id::text ilike any (" + patterns + "::text[]) or coalesce(" +
               row + ".domain, '') ilike any (" + patterns + "::text[]))";
    };
    return "(cardinality(" + include + "::text[]) > 0 and not " + matches(include) + " or " +
           matches(exclude) + ")";
}

} // namespace pcmirror
