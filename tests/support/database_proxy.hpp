#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pcmirror::testing {

/// Stands between clients and a server of PostgreSQL: a thread for each client, which `play`s until
/// either side has gone. Listens on a free port of 127.0.0.1.
class DatabaseProxy {
  public:
    using Client = boost::asio::ip::tcp::socket;
    using Server = boost::asio::local::stream_protocol::socket;
    /// `startup` is the client's first message.
    using Play = std::function<void(Client& client, const std::string& startup)>;

    /// `database_url` must reach the server through a Unix socket (`?host=/...`) without password.
    DatabaseProxy(const std::string& database_url, Play play);
    ~DatabaseProxy();
    DatabaseProxy(const DatabaseProxy&) = delete;
    DatabaseProxy& operator=(const DatabaseProxy&) = delete;

    [[nodiscard]] std::string url() const;

    /// A connection to the server that has been told `startup`.
    Server connect(const std::string& startup);

    /// A message of the protocol: a type, unless it is the first one, a length that counts itself,
    /// and a body.
    template <typename Socket> static std::string read_message(Socket& socket, bool typed = true) {
        std::string message(typed ? 5 : 4, '\0');
        boost::asio::read(socket, boost::asio::buffer(message));
        const std::size_t header = message.size();
        message.resize(header - 4 + length_at(message.data() + header - 4));
        boost::asio::read(
            socket, boost::asio::buffer(message.data() + header, message.size() - header)
        );
        return message;
    }

  private:
    static std::uint32_t length_at(const char* bytes);
    void listen();
    void serve(Client& client);

    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::string socket_;
    std::string database_;
    Play play_;
    std::mutex mutex_;
    std::list<Client> clients_;
    std::vector<std::thread> threads_;
    std::thread listener_;
};

} // namespace pcmirror::testing
