#include "tests/simulator/server.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <fmt/format.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace pcmirror::simulator {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::use_awaitable;
using asio::ip::tcp;

using Plain = tcp::socket;
using Secure = ssl::stream<tcp::socket>;

// An unreserved buffer would be read into 512 bytes a call.
constexpr std::size_t buffer_size = 65'536;
constexpr std::size_t largest_request = 8 << 20;

asio::awaitable<void> pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(use_awaitable);
}

Request to_request(http::request<http::string_body>&& message) {
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.headers.reserve(16);
    for (const auto& field : message)
        request.headers.emplace_back(field.name_string(), field.value());
    request.body = std::move(message.body());
    return request;
}

void reset(tcp::socket& socket) {
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

// The client ends this: by its own deadline, or by going away.
asio::awaitable<void> wait_for_end(tcp::socket& socket) {
    co_await socket.async_wait(tcp::socket::wait_read, use_awaitable);
}

template <class Stream> asio::awaitable<void> send(Stream& stream, std::string_view bytes) {
    co_await asio::async_write(stream, asio::buffer(bytes.data(), bytes.size()), use_awaitable);
}

template <class Stream> asio::awaitable<void> send_pieces(Stream& stream, Reply& reply) {
    bool more = true;
    while (more) {
        std::string piece;
        more = reply.pieces(piece);
        if (!piece.empty())
            co_await send(stream, fmt::format("{:x}\r\n{}\r\n", piece.size(), piece));
    }
    co_await send(stream, "0\r\n\r\n");
}

template <class Stream>
asio::awaitable<void> drip(Stream& stream, const Reply& reply, const std::string& head) {
    co_await send(stream, head);
    for (const char& byte : reply.body) {
        co_await send(stream, std::string_view(&byte, 1));
        co_await pause(reply.delivery.pace);
    }
}

/// Whether the connection may go on.
template <class Stream>
asio::awaitable<bool> deliver(Stream& stream, Reply& reply, bool keep_alive) {
    tcp::socket& socket = beast::get_lowest_layer(stream);
    const Delivery& delivery = reply.delivery;
    if (delivery.delay.count() > 0)
        co_await pause(delivery.delay);
    while (delivery.held && !*delivery.released)
        co_await pause(std::chrono::milliseconds(5));
    const bool lasting =
        keep_alive && delivery.mode == Delivery::Mode::whole && delivery.length_error <= 0;
    std::string head = head_of(reply, lasting);
    switch (delivery.mode) {
    case Delivery::Mode::reset:
        reset(socket);
        co_return false;
    case Delivery::Mode::hang:
        co_await wait_for_end(socket);
        co_return false;
    case Delivery::Mode::cut:
        co_await send(stream, head + reply.body.substr(0, reply.body.size() / 2));
        co_return false;
    case Delivery::Mode::drip:
        co_await drip(stream, reply, head);
        co_return false;
    case Delivery::Mode::whole:
        break;
    }
    if (reply.pieces) {
        co_await send(stream, head);
        co_await send_pieces(stream, reply);
        co_return lasting;
    }
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(reply.body)};
    co_await asio::async_write(stream, parts, use_awaitable);
    co_return lasting;
}

template <class Stream> asio::awaitable<void> serve(Stream& stream, const Handler& handler) {
    beast::flat_buffer buffer;
    buffer.reserve(buffer_size);
    bool lasting = true;
    while (lasting) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(largest_request);
        co_await http::async_read(stream, buffer, parser, use_awaitable);
        const bool keep_alive = parser.keep_alive();
        Reply reply = handler(to_request(parser.release()));
        lasting = co_await deliver(stream, reply, keep_alive);
    }
}

asio::awaitable<void> session(tcp::socket socket, ssl::context* tls, Handler handler) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    try {
        if (tls) {
            Secure stream(std::move(socket), *tls);
            co_await stream.async_handshake(ssl::stream_base::server, use_awaitable);
            co_await serve(stream, handler);
        } else {
            co_await serve(socket, handler);
        }
    } catch (const boost::system::system_error&) {
        // The client went away, or sent what is not HTTP: the session ends with it.
    }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, ssl::context* tls, Handler handler) {
    const auto machine = acceptor.get_executor();
    while (true) {
        tcp::socket socket =
            co_await acceptor.async_accept(asio::make_strand(machine), use_awaitable);
        const auto strand = socket.get_executor();
        asio::co_spawn(strand, session(std::move(socket), tls, handler), asio::detached);
    }
}

} // namespace

struct Server::Machinery {
    struct Open {
        tcp::acceptor acceptor;
        std::optional<ssl::context> tls;
    };

    asio::io_context context;
    std::vector<std::unique_ptr<Open>> listeners;
};

Server::Server() : machinery_(std::make_unique<Machinery>()) {}

Server::~Server() = default;

std::uint16_t Server::listen(Listener listener) {
    auto open =
        std::make_unique<Machinery::Open>(Machinery::Open{tcp::acceptor(machinery_->context), {}});
    const tcp::endpoint endpoint(asio::ip::make_address(listener.address), listener.port);
    open->acceptor.open(endpoint.protocol());
    open->acceptor.set_option(asio::socket_base::reuse_address(true));
    open->acceptor.bind(endpoint);
    open->acceptor.listen(asio::socket_base::max_listen_connections);
    if (listener.tls) {
        open->tls.emplace(ssl::context::tls_server);
        open->tls->use_certificate_chain_file(listener.tls->certificate.string());
        open->tls->use_private_key_file(listener.tls->key.string(), ssl::context::pem);
    }
    const std::uint16_t port = open->acceptor.local_endpoint().port();
    ssl::context* tls = open->tls ? &*open->tls : nullptr;
    asio::co_spawn(
        machinery_->context,
        accept(open->acceptor, tls, std::move(listener.handler)),
        asio::detached
    );
    machinery_->listeners.push_back(std::move(open));
    return port;
}

void Server::run(unsigned threads, bool until_stdin_closes) {
    asio::io_context& context = machinery_->context;
    asio::signal_set signals(context, SIGTERM, SIGINT);
    signals.async_wait([&](const boost::system::error_code&, int) { context.stop(); });
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));

    asio::posix::stream_descriptor input(context);
    if (until_stdin_closes) {
        boost::system::error_code not_waitable;
        input.assign(::dup(STDIN_FILENO), not_waitable);
        // A file or /dev/null is at its end already.
        if (not_waitable)
            return;
        asio::co_spawn(
            context,
            [&input]() -> asio::awaitable<void> {
                std::array<char, 256> unread{};
                while (true)
                    co_await input.async_read_some(asio::buffer(unread), use_awaitable);
            },
            [&](const std::exception_ptr&) { context.stop(); }
        );
    }

    std::vector<std::thread> others;
    for (unsigned started = 1; started < threads; ++started)
        others.emplace_back([&] { context.run(); });
    context.run();
    for (std::thread& thread : others)
        thread.join();
}

} // namespace pcmirror::simulator
