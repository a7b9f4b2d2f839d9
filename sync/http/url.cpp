#include "sync/http/url.hpp"

#include "schema/error.hpp"
#include "schema/letters.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace pcmirror::http {

namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

[[noreturn]] void refuse(std::string_view why) {
    throw Error(Recovery::retry_later, "unusable URL: " + std::string(why));
}

bool is_blank_or_control(char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host_character(char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_';
}

bool is_ipv6_address(std::string_view host) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return inet_pton(AF_INET6, std::string(host).c_str(), address.data()) == 1;
}

bool is_ipv4_address(std::string_view host) {
    std::array<unsigned char, sizeof(in_addr)> address{};
    return inet_pton(AF_INET, std::string(host).c_str(), address.data()) == 1;
}

/// Takes `scheme://` off the front and returns whether it was https.
bool take_scheme(std::string_view& text) {
    const auto end = text.find("://");
    const std::string scheme = lower_case(text.substr(0, std::min(end, text.size())));
    if (end == std::string_view::npos || (scheme != "http" && scheme != "https")) {
        refuse("not an absolute http or https URL");
    }
    text.remove_prefix(end + 3);
    return scheme == "https";
}

/// Takes the host off the front, an address out of its brackets.
std::string take_host(std::string_view& authority) {
    const bool bracketed = authority.starts_with('[');
    const auto end = authority.find(bracketed ? ']' : ':');
    if (bracketed && end == std::string_view::npos) {
        refuse("no end of the address");
    }
    const std::string_view host =
        bracketed ? authority.substr(1, end - 1) : authority.substr(0, end);
    if (!is_host(host) || bracketed != is_ipv6_address(host)) {
        refuse("no valid host");
    }
    authority.remove_prefix(host.size() + (bracketed ? 2 : 0));
    return lower_case(host);
}

void read_authority(std::string_view authority, Url& url) {
    if (authority.find('@') != std::string_view::npos) {
        refuse("user information in front of the host");
    }
    url.host = take_host(authority);
    url.port = url.tls ? https_port : http_port;
    if (authority.empty()) {
        return;
    }
    url.port = parse_port(authority.substr(1));
    if (!authority.starts_with(':') || url.port == 0) {
        refuse("no valid port");
    }
}

} // namespace

std::string Url::authority() const {
    const std::string full = host_and_port(host, port);
    const bool own_port = port == (tls ? https_port : http_port);
    return own_port ? full.substr(0, full.rfind(':')) : full;
}

std::string Url::origin() const {
    return (tls ? "https://" : "http://") + host_and_port(host, port);
}

Url parse_url(std::string_view text) {
    if (std::any_of(text.begin(), text.end(), is_blank_or_control)) {
        refuse("a blank or control character in it");
    }
    Url url;
    url.tls = take_scheme(text);
    const auto authority_end = std::min(text.find_first_of("/?#"), text.size());
    read_authority(text.substr(0, authority_end), url);
    const std::string_view target = text.substr(authority_end);
    url.target = target.substr(0, target.find('#'));
    if (!url.target.starts_with('/')) {
        url.target.insert(0, 1, '/');
    }
    return url;
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
    const bool brackets = host.find(':') != std::string_view::npos;
    std::string text(brackets ? "[" : "");
    text.append(host).append(brackets ? "]:" : ":").append(std::to_string(port));
    return text;
}

std::uint16_t parse_port(std::string_view digits) {
    std::uint16_t port = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped_at, error] = std::from_chars(digits.data(), end, port);
    return error == std::errc{} && stopped_at == end ? port : std::uint16_t{0};
}

bool is_host(std::string_view host) {
    const bool name = std::all_of(host.begin(), host.end(), is_host_character);
    return !host.empty() && (name || is_ipv6_address(host));
}

bool is_address(std::string_view host) {
    return is_ipv4_address(host) || is_ipv6_address(host);
}

std::string percent_encoded(std::string_view text, std::string_view kept) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char character : text) {
        const bool plain = is_letter_or_digit(character) ||
                           std::string_view("-._~").find(character) != std::string_view::npos ||
                           kept.find(character) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(character);
        if (plain)
            encoded += character;
        else
            encoded.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
    return encoded;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), lower_letter);
    return lower;
}

} // namespace pcmirror::http
