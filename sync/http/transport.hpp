#pragma once

#include "schema/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror {

namespace asio = boost::asio;

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first header of that name, compared without case; empty when there is none.
std::string_view header(const Headers& headers, std::string_view name);

struct HttpRequest {
    std::string method = "GET";
    std::string url; ///< absolute http or https URL, used byte for byte
    Headers headers;
    std::string body;
    std::chrono::milliseconds timeout =
        std::chrono::seconds(180);     ///< whole attempt, answer read to its end
    std::size_t body_limit = 64 << 20; ///< bytes after decompression
    bool fresh_connection = false;     ///< over none that was kept
    /// Asked right before the first byte, once there is a connection to send it over; no:
    /// `held_back`.
    std::function<bool()> may_leave = nullptr;
};

struct HttpResponse {
    int status = 0;
    Headers headers;
    std::string body; ///< decompressed
};

/// A request that got no complete answer. `recovery()` is retry_later, except for a certificate
/// that is not trusted (`tls` with a hint), which is fix_api.
class TransportError : public Error {
  public:
    enum class Kind {
        connect,   ///< name not found, refused, unreachable, proxy refused: nothing was sent
        tls,       ///< handshake failed or certificate not trusted: nothing was sent
        timeout,   ///< the deadline passed
        reset,     ///< the connection died before a whole answer
        stale,     ///< a kept connection was dead before any byte of the answer; GET and HEAD only
        held_back, ///< `may_leave` said no: nothing was sent, and the connection is kept
        malformed, ///< what came is not HTTP, or its gzip is broken
        too_large, ///< the answer exceeds the limit
    };

    TransportError(Kind kind, bool sent, const std::string& message, std::string hint = {});

    [[nodiscard]] Kind kind() const { return kind_; }

    /// Whether the server may have acted on the request.
    [[nodiscard]] bool sent() const { return sent_; }

  private:
    Kind kind_;
    bool sent_;
};

/// The seam between protocol and network. Runs on one thread; calls may overlap.
class HttpTransport {
  public:
    virtual ~HttpTransport() = default;
    /// One attempt, sent once at most. Throws `TransportError`; cancellation passes through. A URL
    /// or header that could not be sent as it is: plain `Error` (retry_later), and nothing was
    /// sent.
    virtual asio::awaitable<HttpResponse> send(HttpRequest request) = 0;
};

struct HttpOptions {
    std::filesystem::path ca_file = {}; ///< extra CA bundle
    std::string proxy = {};             ///< http://host:port; empty: the environment decides
    std::size_t connections = 16;       ///< kept open per host
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    std::chrono::seconds idle_timeout =
        std::chrono::seconds(60); ///< a kept connection older than this is closed
};

/// Verified TLS (system CAs and `ca_file`, host name checked), keep-alive pool, gzip, proxy by
/// CONNECT
/// (`https_proxy`, `http_proxy`, `no_proxy` apply when `proxy` is empty), deadlines that also end a
/// drip and a hang. Nothing is sent twice: what a dead kept connection swallowed is reported
/// (`stale`). Throws `Error` (fix_config) for a CA file or a proxy that can't be used.
std::unique_ptr<HttpTransport>
make_http_transport(const asio::any_io_executor& executor, const HttpOptions& options);

} // namespace pcmirror
