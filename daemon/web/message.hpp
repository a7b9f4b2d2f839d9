#pragma once

#include "sync/http/transport.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror {

/// Names and values in the order in which they came, decoded; a name may come twice.
using WebFields = std::vector<std::pair<std::string, std::string>>;

/// What a browser or a scraper asks of `LocalServer`.
struct WebRequest {
    std::string method; ///< as sent; what a HEAD gets is what a GET would get, without its body
    std::string path;   ///< percent-decoded, without query; free of control characters
    WebFields query;
    std::string host; ///< `Host` header as sent; empty in HTTP/1.0 without it
    Headers headers;  ///< all, as sent; `header(headers, "accept")` finds one
    std::string body;

    /// The first of that name in the query, or nothing.
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

/// What it gets. The server adds length, date, compression and the headers that keep browsers
/// from storing, framing or misreading it.
struct WebAnswer {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    Headers headers = {}; ///< more of them; what can't stand in a header is answered 500 instead
    std::string content_security_policy = "default-src 'none'"; ///< what a page may load
};

/// The first of that name, or nothing.
std::optional<std::string_view> find_field(const WebFields& fields, std::string_view name);

/// `application/x-www-form-urlencoded`, also a query without its `?`. Nothing where an escape is
/// broken or stands for NUL.
std::optional<WebFields> decode_form(std::string_view text);

} // namespace pcmirror
