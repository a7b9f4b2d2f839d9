#pragma once

#include "daemon/web/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pcmirror {

namespace asio = boost::asio;

/// What a client of `LocalServer` may use up.
struct WebLimits {
    std::size_t head = 8 << 10;  ///< bytes of a request's line and headers
    std::size_t body = 64 << 10; ///< bytes of a request's body
    std::size_t connections = 64;
    std::chrono::milliseconds request = std::chrono::seconds(10); ///< for a request to arrive
    std::chrono::milliseconds idle = std::chrono::seconds(30);    ///< between two requests
    std::chrono::milliseconds answer = std::chrono::seconds(30);  ///< to take an answer
};

/// What else a server is told.
struct WebOptions {
    WebLimits limits = {};
    std::vector<std::string> more_methods = {}; ///< beside GET and HEAD
    std::vector<std::string> more_names = {};   ///< under which it may be asked; see below
};

/// A small HTTP/1.1 server for people and programs on this machine or near it: the admin endpoint,
/// and the page that a sign-in ends on.
///
/// It answers requests whose `Host` is an IP address, `localhost`, this machine's name, the name in
/// `listen` or one of `more_names`; others get 421, so that no web page can have its own name lead
/// here. When all connections are taken, the one that has waited longest for a request makes room.
class LocalServer {
  public:
    /// Answers a request that the server took. What it throws is logged (`admin.failed`) and
    /// answered 500.
    using Handler = std::function<asio::awaitable<WebAnswer>(WebRequest)>;

    /// Listens at once; connections wait until `serve`. `listen` is `host:port` as `admin.listen`
    /// has it: an address (IPv6 in brackets), a name of this machine, or `localhost` for both
    /// loopback addresses; port 0: any. Throws `Error` (fix_config) that says what is in the way.
    LocalServer(
        const asio::any_io_executor& executor,
        const std::string& listen,
        Handler handler,
        WebOptions options = {}
    );
    ~LocalServer();
    LocalServer(const LocalServer&) = delete;
    LocalServer& operator=(const LocalServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;

    /// Serves until it is cancelled, when its connections end with it, or told to finish. Once.
    asio::awaitable<void> serve();

    /// Takes no more requests; `serve` returns when those that are being answered have been.
    void finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace pcmirror
