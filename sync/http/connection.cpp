#include "sync/http/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cerrno>
#include <optional>
#include <sys/socket.h>

namespace pcmirror::http {

namespace beast = boost::beast;
using asio::use_awaitable;

namespace {

error_code plain_words(const error_code& error) {
    if (error == beast::error::timeout) {
        return asio::error::timed_out;
    }
    // The end of TCP without the end of TLS: anybody on the way could have cut it there.
    if (error == asio::ssl::error::stream_truncated) {
        return asio::error::connection_reset;
    }
    return error;
}

} // namespace

struct Connection::Impl {
    beast::tcp_stream tcp;
    std::optional<asio::ssl::stream<beast::tcp_stream&>> tls;
    Clock::time_point expiry = Clock::time_point::max();

    explicit Impl(const asio::any_io_executor& executor) : tcp(executor) {}
};

Connection::Connection(const asio::any_io_executor& executor)
    : impl_(std::make_unique<Impl>(executor)) {}

Connection::~Connection() = default;

void Connection::expires_at(Clock::time_point expiry) {
    impl_->expiry = expiry;
    impl_->tcp.expires_at(expiry);
}

asio::awaitable<error_code> Connection::connect(asio::ip::tcp::endpoint endpoint) {
    error_code error;
    auto& socket = impl_->tcp.socket();
    socket.close(error);
    co_await impl_->tcp.async_connect(endpoint, asio::redirect_error(use_awaitable, error));
    if (!error) {
        // Requests are written whole: waiting for more bytes would only delay them.
        socket.set_option(asio::ip::tcp::no_delay(true), error);
    }
    co_return plain_words(error);
}

asio::awaitable<error_code> Connection::start_tls(asio::ssl::context& context, std::string host) {
    error_code error;
    auto& tls = impl_->tls.emplace(impl_->tcp, context);
    expect_host(tls.native_handle(), host);
    co_await tls.async_handshake(
        asio::ssl::stream_base::client, asio::redirect_error(use_awaitable, error)
    );
    co_return plain_words(error);
}

asio::awaitable<error_code> Connection::write(std::string_view bytes) {
    error_code error;
    const auto buffer = asio::buffer(bytes);
    if (impl_->tls) {
        co_await asio::async_write(*impl_->tls, buffer, asio::redirect_error(use_awaitable, error));
    } else {
        co_await asio::async_write(impl_->tcp, buffer, asio::redirect_error(use_awaitable, error));
    }
    co_return plain_words(error);
}

asio::awaitable<std::size_t> Connection::read_some(asio::mutable_buffer buffer, error_code& error) {
    std::size_t size = 0;
    // A peer that always has bytes ready would win every race against the timer.
    if (Clock::now() >= impl_->expiry) {
        error = asio::error::timed_out;
        co_return size;
    }
    if (impl_->tls) {
        size = co_await impl_->tls->async_read_some(
            buffer, asio::redirect_error(use_awaitable, error)
        );
    } else {
        size =
            co_await impl_->tcp.async_read_some(buffer, asio::redirect_error(use_awaitable, error));
    }
    error = plain_words(error);
    co_return size;
}

CertificateProblem Connection::certificate_problem() const {
    return http::certificate_problem(impl_->tls->native_handle());
}

bool Connection::quiet() {
    char byte = 0;
    const int socket = impl_->tcp.socket().native_handle();
    const auto size = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size < 0 && errno == EAGAIN;
}

} // namespace pcmirror::http
