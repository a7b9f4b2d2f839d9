#include "sync/write/answers.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace pcmirror {
namespace {

bool is_blank(const Answer& answer) {
    return answer.body.find_first_not_of("\xEF\xBB\xBF \r\n\t") == std::string::npos;
}

} // namespace

bool is_of_somebody_else(const Answer& answer) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    std::string_view body = answer.body;
    if (body.starts_with(mark))
        body.remove_prefix(mark.size());
    return answer.status >= 200 && answer.status <= 299 && !is_blank(answer) &&
           !nlohmann::json::accept(body);
}

Document body_of_success(const Answer& answer) {
    try {
        if (!is_blank(answer))
            return Document::parse(answer.body);
    } catch (const Error&) {
        // It was done, though it can't be told; the item is read instead.
    }
    return {};
}

} // namespace pcmirror
