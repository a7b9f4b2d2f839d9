#include "sync/http/dial.hpp"

#include "sync/http/answer.hpp"
#include "sync/http/failure.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace pcmirror::http {

using asio::ip::tcp;
using Kind = TransportError::Kind;

namespace {

/// Shared by who waits and by the lookup, which can't be interrupted and may outlast the waiting.
struct Lookup {
    explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), over(executor) {}

    tcp::resolver resolver;
    asio::steady_timer over;
    bool answered = false;
    error_code error;
    tcp::resolver::results_type results;
};

/// When to give up on one of several addresses: an equal share of the time that is left.
Clock::time_point share_of(Clock::time_point deadline, std::size_t addresses_left) {
    const auto now = Clock::now();
    const auto left = std::max(deadline - now, Clock::duration::zero());
    return now + left / static_cast<Clock::rep>(addresses_left);
}

std::string connect_request(const Url& url, const Proxy& proxy) {
    const std::string target = host_and_port(url.host, url.port);
    std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!proxy.authorization.empty()) {
        request += "Proxy-Authorization: " + proxy.authorization + "\r\n";
    }
    return request + "\r\n";
}

[[noreturn]] void refused_by_proxy(const std::string& doing, int status) {
    throw TransportError(
        Kind::connect,
        false,
        doing + ": the proxy answered " + std::to_string(status),
        status == 407 ? "put user and password into the proxy's URL: http://user:password@host:port"
                      : ""
    );
}

asio::awaitable<void> open_tunnel(Connection& connection, const Url& url, const Proxy& proxy) {
    const std::string peer = "the proxy " + host_and_port(proxy.host, proxy.port);
    const std::string doing = "connecting to " + url.origin() + " by " + peer;
    const std::string request = connect_request(url, proxy);
    if (const error_code error = co_await connection.write(request)) {
        fail(error, Kind::connect, false, doing);
    }
    AnswerReader reader(connection, peer, {.body = 0, .without_body = true});
    int status = 0;
    try {
        status = (co_await reader.read()).status;
    } catch (const TransportError& error) {
        const bool timeout = error.kind() == Kind::timeout;
        throw TransportError(timeout ? Kind::timeout : Kind::connect, false, error.what());
    }
    if (status / 100 != 2 || reader.has_leftover()) {
        refused_by_proxy(doing, status);
    }
}

asio::awaitable<void> secure(Connection& connection, asio::ssl::context& tls, const Url& url) {
    const error_code error = co_await connection.start_tls(tls, url.host);
    if (!error) {
        co_return;
    }
    const CertificateProblem problem = connection.certificate_problem();
    if (!problem.reason.empty()) {
        throw TransportError(
            Kind::tls,
            false,
            "the certificate of " + url.origin() + " is not trusted: " + problem.reason,
            problem.hint
        );
    }
    fail(error, Kind::tls, false, "TLS handshake with " + url.origin());
}

} // namespace

Dialer::Dialer(
    asio::any_io_executor executor,
    const std::filesystem::path& ca_file,
    std::chrono::milliseconds connect_timeout
)
    : executor_(std::move(executor)), tls_(make_tls_context(ca_file)),
      connect_timeout_(connect_timeout) {}

Dialer::~Dialer() = default;

asio::awaitable<std::unique_ptr<Connection>>
Dialer::dial(const Url& url, const Proxy* proxy, Clock::time_point deadline) {
    const auto ready_by = std::min(deadline, Clock::now() + connect_timeout_);
    const std::string& host = proxy != nullptr ? proxy->host : url.host;
    const std::uint16_t port = proxy != nullptr ? proxy->port : url.port;
    auto connection = co_await connect(host, port, ready_by);
    connection->expires_at(ready_by);
    if (proxy != nullptr && url.tls) {
        co_await open_tunnel(*connection, url, *proxy);
    }
    if (url.tls) {
        co_await secure(*connection, *tls_, url);
    }
    co_return connection;
}

asio::awaitable<std::unique_ptr<Connection>>
Dialer::connect(const std::string& host, std::uint16_t port, Clock::time_point deadline) {
    const Endpoints endpoints = co_await look_up(host, port, deadline);
    auto connection = std::make_unique<Connection>(executor_);
    error_code error = asio::error::host_not_found;
    for (std::size_t i = 0; i < endpoints.size() && error; ++i) {
        connection->expires_at(share_of(deadline, endpoints.size() - i));
        error = co_await connection->connect(endpoints[i]);
        if (error == asio::error::operation_aborted) {
            break;
        }
    }
    if (error) {
        fail(error, Kind::connect, false, "connecting to " + host_and_port(host, port));
    }
    co_return connection;
}

asio::awaitable<Dialer::Endpoints>
Dialer::look_up(const std::string& host, std::uint16_t port, Clock::time_point deadline) {
    error_code not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        co_return Endpoints(1, tcp::endpoint(address, port));
    }
    const std::string doing = "looking up " + host;
    const auto lookup = std::make_shared<Lookup>(executor_);
    lookup->over.expires_at(deadline);
    lookup->resolver.async_resolve(
        host,
        std::to_string(port),
        tcp::resolver::numeric_service,
        [lookup](const error_code& error, tcp::resolver::results_type results) {
            lookup->answered = true;
            lookup->error = error;
            lookup->results = std::move(results);
            lookup->over.cancel();
        }
    );
    error_code waited;
    co_await lookup->over.async_wait(asio::redirect_error(asio::use_awaitable, waited));
    if (!lookup->answered) {
        // Of no use to a lookup under way; one that waits for the resolver's thread is dropped.
        lookup->resolver.cancel();
        fail(waited ? waited : asio::error::timed_out, Kind::timeout, false, doing);
    }
    if (lookup->error) {
        fail(lookup->error, Kind::connect, false, doing);
    }
    Endpoints endpoints;
    for (const auto& entry : lookup->results) {
        endpoints.push_back(entry.endpoint());
    }
    co_return endpoints;
}

} // namespace pcmirror::http
