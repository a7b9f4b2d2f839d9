#include "sync/write/answers.hpp"

#include "sync/http/bare_body.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace pcmirror {

bool is_of_somebody_else(const Answer& answer) {
    if (answer.status < 200 || answer.status > 299)
        return false;
    const std::string_view body = bare_body(answer.body);
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
        if (!bare_body(answer.body).empty())
            return Document::parse(answer.body);
    } catch (const Error&) {
        // It was done, though it can't be told; the item is read instead.
    }
    return {};
}

} // namespace pcmirror
