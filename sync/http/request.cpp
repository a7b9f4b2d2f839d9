#include "sync/http/request.hpp"

#include "schema/letters.hpp"

#include <algorithm>

namespace pcmirror::http {

namespace {

bool is_token_character(char c) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

void check_lines(const HttpRequest& request) {
    if (!is_token(request.method)) {
        throw Error(Recovery::retry_later, "unusable request method");
    }
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name) || has_control_character(value)) {
            throw Error(Recovery::retry_later, "unusable request header \"" + name + "\"");
        }
    }
}

bool has_header(const Headers& headers, std::string_view name) {
    return std::any_of(headers.begin(), headers.end(), [name](const auto& field) {
        return same_name(field.first, name);
    });
}

void add_line(std::string& text, std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

std::string write_request(const HttpRequest& request, const Url& url, const Proxy* proxy) {
    check_lines(request);
    const bool carries_body =
        !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
    std::string text = request.method + " ";
    text += proxy != nullptr ? "http://" + url.authority() + url.target : url.target;
    text += " HTTP/1.1\r\n";
    const auto add_unless_given = [&](std::string_view name, const std::string& value) {
        if (!has_header(request.headers, name)) {
            add_line(text, name, value);
        }
    };
    add_unless_given("Host", url.authority());
    for (const auto& [name, value] : request.headers) {
        add_line(text, name, value);
    }
    add_unless_given("Accept-Encoding", "gzip");
    if (carries_body) {
        add_unless_given("Content-Length", std::to_string(request.body.size()));
    }
    if (proxy != nullptr && !proxy->authorization.empty()) {
        add_line(text, "Proxy-Authorization", proxy->authorization);
    }
    return text + "\r\n" + request.body;
}

bool is_safe_to_repeat(const HttpRequest& request) {
    return request.method == "GET" || request.method == "HEAD";
}

} // namespace pcmirror::http
