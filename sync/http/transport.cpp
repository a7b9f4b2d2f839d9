#include "sync/http/transport.hpp"

#include "schema/letters.hpp"
#include "sync/http/answer.hpp"
#include "sync/http/dial.hpp"
#include "sync/http/failure.hpp"
#include "sync/http/pool.hpp"
#include "sync/http/proxy.hpp"
#include "sync/http/request.hpp"

#include <algorithm>
#include <utility>

namespace pcmirror {

namespace {

using http::Clock;
using http::Connection;
using Kind = TransportError::Kind;

// Keeps the sum with the current time in range whatever the caller asks for.
constexpr std::chrono::milliseconds longest_timeout = std::chrono::hours(24);

/// What all calls share.
struct Shared {
    Shared(const asio::any_io_executor& executor, const HttpOptions& options)
        : proxies(options.proxy, http::process_environment),
          dialer(executor, options.ca_file, options.connect_timeout),
          pool(std::make_shared<http::Pool>(executor, options.connections, options.idle_timeout)) {}

    http::ProxyRules proxies;
    http::Dialer dialer;
    std::shared_ptr<http::Pool> pool;
};

/// One attempt, from the URL to the answer.
class Attempt {
  public:
    Attempt(Shared& shared, const HttpRequest& request)
        : shared_(shared), request_(request), url_(http::parse_url(request.url)),
          proxy_(shared.proxies.of(url_)),
          wire_(http::write_request(request, url_, url_.tls ? nullptr : proxy_)),
          deadline_(Clock::now() + std::min(request.timeout, longest_timeout)) {}

    asio::awaitable<HttpResponse> run();

  private:
    void require_leave(std::unique_ptr<Connection>& connection);

    /// Over this connection, which is kept afterwards if it may be.
    asio::awaitable<HttpResponse> exchange(std::unique_ptr<Connection> connection, bool kept);

    Shared& shared_;
    const HttpRequest& request_;
    http::Url url_;
    const http::Proxy* proxy_;
    std::string wire_;
    Clock::time_point deadline_;
};

asio::awaitable<HttpResponse> Attempt::run() {
    std::unique_ptr<Connection> connection;
    if (!request_.fresh_connection) {
        connection = shared_.pool->take(url_.origin());
    }
    const bool kept = connection != nullptr;
    if (!kept) {
        connection = co_await shared_.dialer.dial(url_, proxy_, deadline_);
    }
    require_leave(connection);
    co_return co_await exchange(std::move(connection), kept);
}

void Attempt::require_leave(std::unique_ptr<Connection>& connection) {
    if (request_.may_leave && !request_.may_leave()) {
        shared_.pool->put(url_.origin(), std::move(connection), http::Pool::State::unused);
        throw TransportError(
            Kind::held_back, false, "the time to send to " + url_.origin() + " has passed"
        );
    }
}

asio::awaitable<HttpResponse> Attempt::exchange(std::unique_ptr<Connection> connection, bool kept) {
    connection->expires_at(deadline_);
    const http::AnswerLimits limits{
        .body = request_.body_limit, .without_body = request_.method == "HEAD"};
    http::AnswerReader reader(*connection, url_.origin(), limits);
    HttpResponse response;
    try {
        const auto written = co_await connection->write(wire_);
        if (written) {
            http::fail(written, Kind::reset, true, "sending to " + url_.origin());
        }
        response = co_await reader.read();
    } catch (const TransportError& error) {
        const bool stale = kept && !reader.started() && error.kind() == Kind::reset;
        if (!stale || !http::is_safe_to_repeat(request_)) {
            throw;
        }
        throw TransportError(Kind::stale, true, error.what());
    }
    if (reader.reusable()) {
        shared_.pool->put(url_.origin(), std::move(connection), http::Pool::State::used);
    }
    co_return response;
}

asio::awaitable<HttpResponse> send_with(std::shared_ptr<Shared> shared, HttpRequest request) {
    Attempt attempt(*shared, request);
    co_return co_await attempt.run();
}

class Transport final : public HttpTransport {
  public:
    Transport(const asio::any_io_executor& executor, const HttpOptions& options)
        : shared_(std::make_shared<Shared>(executor, options)) {}

    asio::awaitable<HttpResponse> send(HttpRequest request) override {
        return send_with(shared_, std::move(request));
    }

  private:
    std::shared_ptr<Shared> shared_; ///< calls under way own it too: they may outlive the transport
};

/// Of what fails under TLS only an untrusted certificate comes with advice for a person.
Recovery recovery_of(Kind kind, const std::string& hint) {
    return kind == Kind::tls && !hint.empty() ? Recovery::fix_api : Recovery::retry_later;
}

} // namespace

std::string_view header(const Headers& headers, std::string_view name) {
    for (const auto& [found, value] : headers) {
        if (same_name(found, name)) {
            return value;
        }
    }
    return {};
}

TransportError::TransportError(Kind kind, bool sent, const std::string& message, std::string hint)
    // Braces keep the order: the hint is looked at before it is moved.
    : Error{recovery_of(kind, hint), message, std::move(hint)}, kind_(kind), sent_(sent) {}

std::unique_ptr<HttpTransport>
make_http_transport(const asio::any_io_executor& executor, const HttpOptions& options) {
    return std::make_unique<Transport>(executor, options);
}

} // namespace pcmirror
