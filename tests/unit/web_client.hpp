#pragma once

#include "daemon/web/local_server.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <string>
#include <thread>

namespace pcmirror::testing {

/// A server on a free port of 127.0.0.1 that serves until the end of the test.
class Serving {
  public:
    explicit Serving(
        LocalServer::Handler handler,
        WebOptions options = {},
        const std::string& listen = "127.0.0.1:0"
    )
        : server_(loop_.get_executor(), listen, std::move(handler), std::move(options)) {
        asio::co_spawn(
            loop_,
            server_.serve(),
            asio::bind_cancellation_slot(stop_.slot(), [](const std::exception_ptr&) {})
        );
        thread_ = std::thread([this] { loop_.run(); });
    }

    ~Serving() {
        stop();
        thread_.join();
    }

    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

    void stop() {
        asio::post(loop_, [this] { stop_.emit(asio::cancellation_type::terminal); });
    }

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  private:
    asio::io_context loop_{1};
    asio::cancellation_signal stop_;
    LocalServer server_;
    std::thread thread_;
};

/// The whole conversation: what the server says to these bytes until it closes.
inline std::string ask(const Serving& serving, const std::string& bytes) {
    RawClient client(serving.port());
    client.send(bytes);
    client.end_sending();
    return client.read_all();
}

/// `GET target` with `Host: localhost` and these further headers, each with its line end.
inline std::string get(const std::string& target, const std::string& more = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

} // namespace pcmirror::testing
