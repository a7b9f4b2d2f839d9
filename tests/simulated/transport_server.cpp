#include "tests/simulated/transport_server.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace pcmirror {

using asio::use_awaitable;
using asio::ip::tcp;

bool Event::happened() {
    return future_.wait_for(std::chrono::seconds(60)) == std::future_status::ready;
}

struct Peer::Impl {
    tcp::socket socket;
    asio::ssl::context context{asio::ssl::context::tls_server};
    std::optional<asio::ssl::stream<tcp::socket&>> tls = {};
    std::string unread = {};
};

Peer::Peer(tcp::socket socket, int number) : impl_(new Impl{std::move(socket)}), number_(number) {}

Peer::~Peer() = default;

asio::awaitable<bool> Peer::start_tls(Identity identity) {
    impl_->context.use_certificate_chain(asio::buffer(identity.certificate));
    impl_->context.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
    impl_->tls.emplace(impl_->socket, impl_->context);
    boost::system::error_code error;
    co_await impl_->tls->async_handshake(
        asio::ssl::stream_base::server, asio::redirect_error(use_awaitable, error)
    );
    co_return !error;
}

std::string Peer::requested_host() const {
    const char* name = SSL_get_servername(impl_->tls->native_handle(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
}

asio::awaitable<std::size_t> Peer::read_more(std::string& into) {
    std::array<char, 4096> piece{};
    boost::system::error_code error;
    std::size_t size = 0;
    if (impl_->tls) {
        size = co_await impl_->tls->async_read_some(
            asio::buffer(piece), asio::redirect_error(use_awaitable, error)
        );
    } else {
        size = co_await impl_->socket.async_read_some(
            asio::buffer(piece), asio::redirect_error(use_awaitable, error)
        );
    }
    into.append(piece.data(), size);
    co_return size;
}

asio::awaitable<std::string> Peer::request() {
    std::string& text = impl_->unread;
    auto head_end = text.find("\r\n\r\n");
    while (head_end == std::string::npos) {
        if (co_await read_more(text) == 0) {
            co_return std::string();
        }
        head_end = text.find("\r\n\r\n");
    }
    const auto length_at = text.find("Content-Length: ");
    const std::size_t body = length_at < head_end ? std::stoul(text.substr(length_at + 16)) : 0;
    while (text.size() < head_end + 4 + body) {
        if (co_await read_more(text) == 0) {
            co_return std::string();
        }
    }
    std::string request = text.substr(0, head_end + 4 + body);
    text.erase(0, request.size());
    co_return request;
}

asio::awaitable<bool> Peer::send(std::string bytes) {
    boost::system::error_code error;
    const auto buffer = asio::buffer(bytes);
    if (impl_->tls) {
        co_await asio::async_write(*impl_->tls, buffer, asio::redirect_error(use_awaitable, error));
    } else {
        co_await asio::async_write(
            impl_->socket, buffer, asio::redirect_error(use_awaitable, error)
        );
    }
    co_return !error;
}

asio::awaitable<void> Peer::gone() {
    std::string ignored;
    while (co_await read_more(ignored) > 0) {
    }
}

asio::awaitable<void> Peer::end_tls() {
    boost::system::error_code ignored;
    co_await impl_->tls->async_shutdown(asio::redirect_error(use_awaitable, ignored));
}

void Peer::close() {
    boost::system::error_code ignored;
    impl_->socket.shutdown(tcp::socket::shutdown_both, ignored);
    impl_->socket.close(ignored);
}

void Peer::reset() {
    boost::system::error_code ignored;
    impl_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
    impl_->socket.close(ignored);
}

ScriptedServer::ScriptedServer(Script script, std::optional<Identity> identity)
    : script_(std::move(script)), identity_(std::move(identity)),
      acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()) {
    asio::co_spawn(context_, accept(), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
}

ScriptedServer::~ScriptedServer() {
    context_.stop();
    thread_.join();
}

std::string ScriptedServer::url(const std::string& path, const std::string& host) const {
    return (identity_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
}

asio::awaitable<void> ScriptedServer::accept() {
    for (;;) {
        tcp::socket socket = co_await acceptor_.async_accept(use_awaitable);
        asio::co_spawn(context_, serve(std::move(socket), ++connections_), asio::detached);
    }
}

asio::awaitable<void> ScriptedServer::serve(tcp::socket socket, int number) {
    Peer peer(std::move(socket), number);
    if (identity_ && !co_await peer.start_tls(*identity_)) {
        co_return;
    }
    co_await script_(peer);
    co_await peer.gone();
}

std::string answer(const std::string& body, const std::string& header_lines) {
    return "HTTP/1.1 200 OK\r\n" + header_lines + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

Script always(std::string bytes) {
    return [bytes = std::move(bytes)](Peer& peer) -> asio::awaitable<void> {
        while (!(co_await peer.request()).empty()) {
            co_await peer.send(bytes);
        }
    };
}

} // namespace pcmirror
