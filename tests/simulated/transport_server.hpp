#pragma once

#include "tests/simulated/transport_certificates.hpp"

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace pcmirror {

namespace asio = boost::asio;

/// Something that happens once on one thread and is awaited on another.
class Event {
  public:
    void set() { promise_.set_value(); }

    /// False if it did not happen in a time that is generous on any machine.
    [[nodiscard]] bool happened();

  private:
    std::promise<void> promise_;
    std::future<void> future_ = promise_.get_future();
};

/// The server's end of one connection. What a script asks for is done to the letter.
class Peer {
  public:
    Peer(asio::ip::tcp::socket socket, int number);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// Counted from 1.
    [[nodiscard]] int number() const { return number_; }

    asio::awaitable<bool> start_tls(Identity identity);
    /// By SNI, after `start_tls`.
    [[nodiscard]] std::string requested_host() const;

    /// Head and body of the next request; empty when the client is gone.
    asio::awaitable<std::string> request();
    /// False when the client is gone.
    asio::awaitable<bool> send(std::string bytes);
    /// Until the client closes.
    asio::awaitable<void> gone();

    /// Sends the end of TLS and waits until the client closes, too.
    asio::awaitable<void> end_tls();
    void close();
    void reset();

  private:
    struct Impl;
    asio::awaitable<std::size_t> read_more(std::string& into);

    std::unique_ptr<Impl> impl_;
    int number_;
};

using Script = std::function<asio::awaitable<void>(Peer& peer)>;

/// Listens on a free port of 127.0.0.1 on a thread of its own and plays the script on every
/// connection; a connection whose script has ended stays open until the client closes it.
class ScriptedServer {
  public:
    /// With an identity every connection begins with TLS.
    explicit ScriptedServer(Script script, std::optional<Identity> identity = std::nullopt);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// `http://127.0.0.1:port/path`, or https.
    [[nodiscard]] std::string
    url(const std::string& path = "/", const std::string& host = "127.0.0.1") const;

    [[nodiscard]] int connections() const { return connections_; }

  private:
    asio::awaitable<void> accept();
    asio::awaitable<void> serve(asio::ip::tcp::socket socket, int number);

    Script script_;
    std::optional<Identity> identity_;
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::thread thread_;
};

/// `HTTP/1.1 200 OK` with `Content-Length` and whatever header lines are given (each with CRLF).
std::string answer(const std::string& body, const std::string& header_lines = {});

/// Answers requests on one connection with the same bytes until the client is gone.
Script always(std::string bytes);

} // namespace pcmirror
