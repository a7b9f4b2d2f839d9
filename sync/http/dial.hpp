#pragma once

#include "sync/http/connection.hpp"
#include "sync/http/proxy.hpp"
#include "sync/http/url.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

namespace pcmirror::http {

/// Makes connections that are ready for a request to an origin.
class Dialer {
  public:
    /// Throws `Error` (fix_config) when `ca_file` can't be used.
    Dialer(
        asio::any_io_executor executor,
        const std::filesystem::path& ca_file,
        std::chrono::milliseconds connect_timeout
    );
    ~Dialer();
    Dialer(const Dialer&) = delete;
    Dialer& operator=(const Dialer&) = delete;

    /// Name lookup, TCP (all addresses, one after the other), proxy tunnel and TLS, together within
    /// the connect time-out and the deadline. `proxy` may be null. Throws `TransportError`
    /// (connect, tls, timeout) with nothing sent; cancellation passes through.
    asio::awaitable<std::unique_ptr<Connection>>
    dial(const Url& url, const Proxy* proxy, Clock::time_point deadline);

  private:
    using Endpoints = std::vector<asio::ip::tcp::endpoint>;

    asio::awaitable<Endpoints>
    look_up(const std::string& host, std::uint16_t port, Clock::time_point deadline);
    asio::awaitable<std::unique_ptr<Connection>>
    connect(const std::string& host, std::uint16_t port, Clock::time_point deadline);

    asio::any_io_executor executor_;
    std::unique_ptr<asio::ssl::context> tls_;
    std::chrono::milliseconds connect_timeout_;
};

} // namespace pcmirror::http
