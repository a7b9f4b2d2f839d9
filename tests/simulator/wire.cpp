#include "tests/simulator/wire.hpp"

#include "tests/simulator/guid.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace pcmirror::simulator {

std::string_view Request::path() const {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view()
                                     : std::string_view(target).substr(mark + 1);
}

std::string_view Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (equal_ignoring_case(key, name))
            return value;
    return {};
}

std::optional<std::string> Request::parameter(std::string_view name) const {
    return form_value(query(), name);
}

std::vector<std::string> Request::parameters(std::string_view name) const {
    return form_values(query(), name);
}

std::string percent_decoded(std::string_view text, bool plus_is_blank) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned value = 0;
        if (text[at] == '%' && at + 2 < text.size() &&
            std::from_chars(&text[at + 1], &text[at + 1] + 2, value, 16).ptr == &text[at + 1] + 2) {
            result += static_cast<char>(value);
            at += 2;
        } else {
            result += plus_is_blank && text[at] == '+' ? ' ' : text[at];
        }
    }
    return result;
}

std::optional<std::string> form_value(std::string_view form, std::string_view name) {
    std::vector<std::string> values = form_values(form, name);
    return values.empty() ? std::nullopt : std::optional(std::move(values.front()));
}

std::vector<std::string> form_values(std::string_view form, std::string_view name) {
    std::vector<std::string> values;
    while (!form.empty()) {
        const std::string_view pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(form.size(), pair.size() + 1));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && equal_ignoring_case(pair.substr(0, equals), name))
            values.push_back(percent_decoded(pair.substr(equals + 1), true));
    }
    return values;
}

std::vector<std::string> path_segments(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        const std::string_view segment = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), segment.size() + 1));
        if (!segment.empty())
            segments.push_back(percent_decoded(segment, false));
    }
    return segments;
}

std::string_view reason_phrase(int status) {
    struct Reason {
        int status;
        std::string_view phrase;
    };

    static constexpr Reason reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {302, "Found"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {417, "Expectation Failed"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (const Reason& reason : reasons)
        if (reason.status == status)
            return reason.phrase;
    return "Status";
}

std::string head_of(const Reply& reply, bool keep_alive) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, reason_phrase(reply.status));
    for (const auto& [name, value] : reply.headers)
        fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
    if (reply.pieces) {
        head += "Transfer-Encoding: chunked\r\n";
    } else if (reply.status != 204) {
        const auto length =
            static_cast<std::int64_t>(reply.body.size()) + reply.delivery.length_error;
        fmt::format_to(
            std::back_inserter(head), "Content-Length: {}\r\n", std::max<std::int64_t>(length, 0)
        );
    }
    head += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
    return head;
}

} // namespace pcmirror::simulator
