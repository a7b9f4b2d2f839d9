#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pcmirror::http {

/// The parts of an absolute http or https URL that a request needs.
struct Url {
    bool tls = true;
    std::string host; ///< lower case, an IPv6 address without its brackets
    std::uint16_t port = 0;
    std::string
        target; ///< path and query exactly as written, `/` at least; a fragment is never sent

    /// `Host` header: brackets where needed, the port unless it is the scheme's own.
    [[nodiscard]] std::string authority() const;

    /// `https://host:port`: what connections are kept under, and how messages name the peer.
    [[nodiscard]] std::string origin() const;
};

/// Throws `Error` (retry_later) for what can't be requested as it is: another scheme, no host, user
/// information, blanks or control characters. The message never repeats the URL.
Url parse_url(std::string_view text);

/// `host:port` with brackets around an IPv6 address.
std::string host_and_port(std::string_view host, std::uint16_t port);

/// 1 to 65535 in decimal digits, else 0.
std::uint16_t parse_port(std::string_view digits);

/// Letters, digits, `-`, `.`, `_`, or an IPv6 address.
bool is_host(std::string_view host);

/// Whether this is an IPv4 or IPv6 address, without brackets.
bool is_address(std::string_view host);

/// Everything as `%XX` but letters, digits, `-._~` and what is `kept`.
std::string percent_encoded(std::string_view text, std::string_view kept = {});

/// ASCII only.
std::string lower_case(std::string_view text);

} // namespace pcmirror::http
