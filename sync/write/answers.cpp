#include "sync/write/answers.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace pcmirror {
namespace {

std::string_view without_blanks(std::string_view body) {
    constexpr std::string_view blanks = " \r\n\t";
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (body.starts_with(mark))
        body.remove_prefix(mark.size());
    const std::size_t first = body.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return body.substr(first, body.find_last_not_of(blanks) - first + 1);
}

} // namespace

bool is_of_somebody_else(const Answer& answer) {
    if (answer.status < 200 || answer.status > 299)
        return false;
    const std::string_view body = without_blanks(answer.body);
    if (body.empty())
        return false;
    // What is wrong inside of it hides no success: texts of users may be damaged.
    constexpr std::string_view opening = "{[";
    constexpr std::string_view closing = "}]";
    const std::size_t kind = opening.find(body.front());
    return kind == std::string_view::npos ? !nlohmann::json::accept(body)
                                          : body.back() != closing[kind];
}

Document body_of_success(const Answer& answer) {
    try {
        if (!without_blanks(answer.body).empty())
            return Document::parse(answer.body);
    } catch (const Error&) {
        // It was done, though it can't be told; the item is read instead.
    }
    return {};
}

} // namespace pcmirror
