#include "sync/http/proxy.hpp"

#include "schema/error.hpp"

#include <cstdlib>
#include <openssl/evp.h>
#include <vector>

namespace pcmirror::http {

namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
    throw Error(
        Recovery::fix_config,
        std::string(name) + ": not a usable proxy: " + std::string(why),
        "the form is http://host:port, or http://user:password@host:port"
    );
}

int hex_value(char c) {
    const auto position = std::string_view("0123456789abcdef").find(lower_case({&c, 1}));
    return position == std::string_view::npos ? -1 : static_cast<int>(position);
}

std::string undo_percent(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                            hex_value(text[i + 2]) >= 0;
        plain += escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]))
                        : text[i];
        i += escape ? 2 : 0;
    }
    return plain;
}

std::string base64(const std::string& text) {
    std::vector<unsigned char> encoded(4 * ((text.size() + 2) / 3) + 1);
    const std::vector<unsigned char> bytes(text.begin(), text.end());
    const int size = EVP_EncodeBlock(encoded.data(), bytes.data(), static_cast<int>(bytes.size()));
    return {encoded.begin(), encoded.begin() + size};
}

std::string basic_authorization(std::string_view user_info) {
    const auto colon = user_info.find(':');
    const std::string user = undo_percent(user_info.substr(0, colon));
    const std::string password =
        colon == std::string_view::npos ? "" : undo_percent(user_info.substr(colon + 1));
    return "Basic " + base64(user + ":" + password);
}

bool is_separator(char c) {
    return c == ',' || c == ' ' || c == '\t';
}

/// Takes `:port` off the end of an entry; 0 without one. Bare IPv6 addresses have none.
std::uint16_t take_port(std::string_view& entry) {
    const auto colon = entry.rfind(':');
    const bool bare_address = !entry.starts_with('[') && entry.find(':') != colon;
    if (colon == std::string_view::npos || bare_address || entry.ends_with(']')) {
        return 0;
    }
    const std::uint16_t port = parse_port(entry.substr(colon + 1));
    entry = entry.substr(0, colon);
    return port;
}

/// One entry of `no_proxy` against a host.
bool lists(std::string_view entry, const Url& url) {
    if (entry == "*") {
        return true;
    }
    const std::uint16_t port = take_port(entry);
    if (port != 0 && port != url.port) {
        return false;
    }
    if (entry.starts_with('[') && entry.ends_with(']')) {
        entry = entry.substr(1, entry.size() - 2);
    }
    if (entry.starts_with('*')) {
        entry.remove_prefix(1);
    }
    if (entry.starts_with('.')) {
        entry.remove_prefix(1);
    }
    const std::string name = lower_case(entry);
    const bool subdomain = !is_address(url.host) && url.host.ends_with("." + name);
    return !name.empty() && (url.host == name || subdomain);
}

std::optional<Proxy>
first_set(const ProxyRules::Environment& environment, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const std::string value = environment(name);
        if (!value.empty()) {
            return parse_proxy(value, name);
        }
    }
    return std::nullopt;
}

} // namespace

Proxy parse_proxy(std::string_view text, std::string_view name) {
    const auto scheme_end = text.find("://");
    if (scheme_end != std::string_view::npos) {
        if (lower_case(text.substr(0, scheme_end)) != "http") {
            refuse(name, "only http:// proxies are spoken to");
        }
        text.remove_prefix(scheme_end + 3);
    }
    Proxy proxy;
    const auto at = text.rfind('@');
    if (at != std::string_view::npos) {
        proxy.authorization = basic_authorization(text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    Url url;
    try {
        url = parse_url("http://" + std::string(text));
    } catch (const Error& error) {
        refuse(name, error.what());
    }
    if (url.target != "/") {
        refuse(name, "it has a path");
    }
    proxy.host = std::move(url.host);
    proxy.port = url.port;
    return proxy;
}

bool bypasses_proxy(std::string_view no_proxy, const Url& url) {
    while (!no_proxy.empty()) {
        std::size_t end = 0;
        while (end < no_proxy.size() && !is_separator(no_proxy[end])) {
            ++end;
        }
        if (lists(no_proxy.substr(0, end), url)) {
            return true;
        }
        no_proxy.remove_prefix(end < no_proxy.size() ? end + 1 : end);
    }
    return false;
}

ProxyRules::ProxyRules(const std::string& option, const Environment& environment) {
    if (!option.empty()) {
        https_ = http_ = parse_proxy(option, "proxy");
        return;
    }
    https_ = first_set(environment, {"https_proxy", "HTTPS_PROXY"});
    // HTTP_PROXY in capitals can be set by a request header of a CGI program: nobody reads it.
    http_ = first_set(environment, {"http_proxy"});
    no_proxy_ = environment("no_proxy");
    if (no_proxy_.empty()) {
        no_proxy_ = environment("NO_PROXY");
    }
}

const Proxy* ProxyRules::of(const Url& url) const {
    const std::optional<Proxy>& proxy = url.tls ? https_ : http_;
    return proxy && !bypasses_proxy(no_proxy_, url) ? &*proxy : nullptr;
}

std::string process_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

} // namespace pcmirror::http
