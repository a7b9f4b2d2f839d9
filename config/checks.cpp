#include "config/checks.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pcmirror {

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_in(char letter, std::string_view set) {
    return set.find(letter) != std::string_view::npos;
}

bool is_alphanumeric(char letter) {
    return is_in(letter, digits) || is_in(letter, lower) || is_in(letter, upper);
}

void fold(std::string& text) {
    for (char& letter : text)
        if (is_in(letter, upper))
            letter = static_cast<char>(letter - 'A' + 'a');
}

bool is_guid(std::string_view text) {
    constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() != shape.size())
        return false;
    for (std::size_t index = 0; index < shape.size(); ++index)
        if (!is_in(text[index], shape[index] == '-' ? "-" : "0123456789abcdefABCDEF"))
            return false;
    return true;
}

bool is_port(std::string_view text, int lowest) {
    int port = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port >= lowest &&
           port <= UINT16_MAX;
}

/// A name or an address; one of IPv6 in brackets.
bool is_host(std::string_view text) {
    const bool bracketed = text.size() > 2 && text.starts_with('[') && text.ends_with(']');
    if (bracketed) {
        text = text.substr(1, text.size() - 2);
        return std::all_of(text.begin(), text.end(), [](char letter) {
            return is_in(letter, "0123456789abcdefABCDEF:.");
        });
    }
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
        return is_alphanumeric(letter) || is_in(letter, "-._");
    });
}

/// `host`, `host:port`
struct Authority {
    std::string_view host;
    std::optional<std::string_view> port;
};

Authority split_authority(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.find(']', colon) != std::string_view::npos)
        return {text, std::nullopt};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

/// Takes `http://` or `https://` from the front, in any case; nothing when neither is there.
std::string take_scheme(std::string_view& url) {
    const std::size_t end = url.find("://");
    std::string scheme(url.substr(0, std::min(end, url.size())));
    fold(scheme);
    if (end == std::string_view::npos || (scheme != "http" && scheme != "https"))
        return {};
    url.remove_prefix(end + 3);
    return scheme;
}

bool is_domain(std::string_view text) {
    return text.find('.') != std::string_view::npos && !text.starts_with('.') &&
           !text.ends_with('.') && std::all_of(text.begin(), text.end(), [](char letter) {
               return is_alphanumeric(letter) || is_in(letter, "-.");
           });
}

} // namespace

std::string check_url(std::string& text) {
    std::string_view rest = text;
    const std::string scheme = take_scheme(rest);
    if (scheme.empty())
        return "is no http or https URL";
    if (rest.find('@') != std::string_view::npos)
        return "has a user name, which has no place in it";
    if (rest.find_first_of("?#") != std::string_view::npos)
        return "has a query or a fragment, which has no place in it";
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const Authority authority = split_authority(rest.substr(0, slash));
    if (!is_host(authority.host))
        return "has no host";
    if (authority.port && !is_port(*authority.port, 1))
        return "has no valid port";
    if (rest.find_first_of(" \t\n\r\"<>\\") != std::string_view::npos)
        return "has a blank or another character that no URL has";
    std::string url = scheme + "://" + std::string(rest);
    while (url.ends_with('/'))
        url.pop_back();
    text = std::move(url);
    return {};
}

std::string check_proxy(std::string& text) {
    std::string_view rest = text;
    if (take_scheme(rest) != "http")
        return "is no http URL";
    while (rest.ends_with('/'))
        rest.remove_suffix(1);
    const std::string_view without_user = rest.substr(rest.rfind('@') + 1);
    const Authority authority = split_authority(without_user);
    if (!is_host(authority.host))
        return "has no host";
    if (!authority.port || !is_port(*authority.port, 1))
        return "has no valid port";
    text = "http://" + std::string(rest);
    return {};
}

std::string check_guid(std::string& text) {
    if (!is_guid(text))
        return "is no GUID";
    fold(text);
    return {};
}

std::string check_tenant(std::string& text) {
    return is_guid(text) || is_domain(text) ? "" : "is neither a GUID nor a domain";
}

std::string check_database_url(std::string& text) {
    const std::string_view url = text;
    const std::size_t scheme = url.find("://");
    const std::size_t equals = url.find('=');
    if (scheme < equals) {
        const std::string_view name = url.substr(0, scheme);
        return name == "postgresql" || name == "postgres" ? "" : "is no PostgreSQL URI";
    }
    return equals == std::string_view::npos ? "is no libpq connection string" : "";
}

std::string check_customer_pattern(std::string& text) {
    const bool fits = std::all_of(text.begin(), text.end(), [](char letter) {
        return is_alphanumeric(letter) || is_in(letter, "-.*_") ||
               (static_cast<unsigned char>(letter) & 0x80U) != 0;
    });
    if (!fits)
        return "is no id and no domain";
    fold(text);
    return {};
}

std::string check_listen(std::string& text) {
    const Authority authority = split_authority(text);
    if (!authority.port)
        return "has no port";
    if (!is_host(authority.host))
        return "has no host";
    return is_port(*authority.port, 0) ? "" : "has no valid port";
}

std::string check_operation(std::string& text) {
    const bool letters = std::all_of(text.begin(), text.end(), [](char letter) {
        return is_in(letter, lower) || is_in(letter, digits) || is_in(letter, "_.");
    });
    const bool dots =
        text.starts_with('.') || text.ends_with('.') || text.find("..") != std::string::npos;
    return letters && !dots ? "" : "is no operation";
}

std::string check_nothing(std::string&) {
    return {};
}

} // namespace pcmirror
