#include "sync/poll/row_troubles.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <regex>
#include <utility>

namespace pcmirror {
namespace {

constexpr std::size_t reasons_limit = 5;

/// The number of a request as messages have it, with the space before it; empty: there is none.
std::string_view request_in(std::string_view message) {
    const std::size_t begin = message.find(" [request id ");
    if (begin == std::string_view::npos)
        return {};
    const std::size_t end = message.find(']', begin);
    return end == std::string_view::npos ? std::string_view()
                                         : message.substr(begin, end + 1 - begin);
}

/// Without what makes the same message another one for each row and request.
std::string reason_in(std::string_view message) {
    static const std::regex guid("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}");
    std::string reason(message);
    if (const std::string_view request = request_in(message); !request.empty())
        reason.erase(static_cast<std::size_t>(request.data() - message.data()), request.size());
    return std::regex_replace(reason, guid, "...");
}

} // namespace

void RowTroubles::add(std::string_view row, std::string_view message) {
    add(
        {.text = reason_in(message),
         .example = std::string(row),
         .of_example = std::string(message)}
    );
}

void RowTroubles::add(Reason reason) {
    const auto known = std::ranges::find(reasons_, reason.text, &Reason::text);
    if (known != reasons_.end())
        known->count += reason.count;
    else if (reasons_.size() < reasons_limit)
        reasons_.push_back(std::move(reason));
    else
        other_ += reason.count;
}

RowTroubles& RowTroubles::operator+=(const RowTroubles& more) {
    for (const Reason& reason : more.reasons_)
        add(reason);
    other_ += more.other_;
    unasked_ += more.unasked_;
    return *this;
}

std::string RowTroubles::text(std::string_view rows) const {
    std::string text;
    const auto say = [&](std::string_view words) {
        text += text.empty() ? "" : "; ";
        text += words;
    };
    for (const Reason& reason : reasons_)
        if (reason.count == 1)
            say(reason.example + ": " + reason.of_example);
        else
            say(fmt::format(
                "{} {}: {} (such as {}{})",
                reason.count,
                rows,
                reason.text,
                reason.example,
                request_in(reason.of_example)
            ));
    if (other_ > 0)
        say(fmt::format("{} {} for other reasons", other_, rows));
    if (unasked_ > 0)
        say(fmt::format("{} {} were not asked after that", unasked_, rows));
    return text;
}

} // namespace pcmirror
