#pragma once

#include "sync/http/url.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror::http {

struct Proxy {
    std::string host;
    std::uint16_t port = 0;
    std::string authorization; ///< value of `Proxy-Authorization`, empty without user; never logged
};

/// `http://[user:password@]host[:port]`, the scheme optional, the port 80 by default. `name` says
/// where it was written. Throws `Error` (fix_config), which repeats nothing of the text.
Proxy parse_proxy(std::string_view text, std::string_view name);

/// Whether `no_proxy` (names and their subdomains, addresses, `*`, each with an optional port,
/// separated by commas or blanks) lists this host.
bool bypasses_proxy(std::string_view no_proxy, const Url& url);

/// Which proxy a request goes through.
class ProxyRules {
  public:
    using Environment = std::function<std::string(const char* name)>;

    /// `option` is for all requests; without it `https_proxy`, `http_proxy` and `no_proxy` of the
    /// environment decide. Throws like `parse_proxy`.
    ProxyRules(const std::string& option, const Environment& environment);

    /// Null: straight to the host.
    [[nodiscard]] const Proxy* of(const Url& url) const;

  private:
    std::optional<Proxy> https_;
    std::optional<Proxy> http_;
    std::string no_proxy_;
};

/// The process environment, an unset variable being empty.
std::string process_environment(const char* name);

} // namespace pcmirror::http
