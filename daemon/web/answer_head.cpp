#include "daemon/web/answer_head.hpp"

#include "daemon/web/percent.hpp"
#include "schema/error.hpp"

#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace pcmirror::web {
namespace {

bool ends_a_name(char letter) {
    return is_control(letter) || letter == ' ' || letter == ':';
}

void add(std::string& head, std::string_view name, std::string_view value) {
    if (name.empty() || std::ranges::any_of(name, ends_a_name) ||
        std::ranges::any_of(value, is_control))
        throw Error(Recovery::bug, fmt::format("\"{}\" can't be a header", name));
    head.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

std::string head_of(const WebAnswer& answer, const Sending& sending) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, sending.reason);
    add(head, "Date", fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(sending.now)));
    add(head, "Content-Type", answer.content_type);
    add(head, "Content-Length", std::to_string(sending.length));
    if (sending.compressed)
        add(head, "Content-Encoding", "gzip");
    add(head, "Vary", "Accept-Encoding");
    add(head, "Cache-Control", "no-store");
    add(head, "X-Content-Type-Options", "nosniff");
    add(head, "X-Frame-Options", "DENY");
    add(head, "Referrer-Policy", "no-referrer");
    add(head, "Content-Security-Policy", answer.content_security_policy);
    add(head, "Connection", sending.keeps_alive ? "keep-alive" : "close");
    for (const auto& [name, value] : answer.headers)
        add(head, name, value);
    return head + "\r\n";
}

} // namespace pcmirror::web
