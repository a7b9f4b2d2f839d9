#include "tests/support/transaction_pooler.hpp"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace pcmirror::testing {
namespace {

namespace asio = boost::asio;
using Client = asio::ip::tcp::socket;
using Server = asio::local::stream_protocol::socket;

std::uint32_t read_length(const char* bytes) {
    std::uint32_t value = 0;
    for (int index = 0; index < 4; ++index)
        value = (value << 8U) | static_cast<unsigned char>(bytes[index]);
    return value;
}

/// A message of PostgreSQL's protocol: a type, unless it is the first one, a length that counts
/// itself, and a body.
template <typename Socket> std::string read_message(Socket& socket, bool typed) {
    std::string message(typed ? 5 : 4, '\0');
    asio::read(socket, asio::buffer(message));
    const std::size_t header = message.size();
    message.resize(header - 4 + read_length(message.data() + header - 4));
    asio::read(socket, asio::buffer(message.data() + header, message.size() - header));
    return message;
}

bool is_startup(const std::string& first) {
    return read_length(first.data() + 4) == 196608;
}

bool is_ready(const std::string& message) {
    return message.front() == 'Z';
}

bool ends_exchange(const std::string& message) {
    return message.front() == 'Q' || message.front() == 'S';
}

std::string option(const std::string& url, const std::string& name) {
    const std::size_t at = url.find(name + "=") + name.size() + 1;
    return url.substr(at, url.find('&', at) - at);
}

} // namespace

struct TransactionPooler::State {
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    std::string socket;
    std::string database;
    std::mutex mutex;
    std::list<Client> clients;
    std::vector<std::thread> threads;
    std::thread listener;

    void listen() {
        boost::system::error_code error;
        while (true) {
            Client client(context);
            acceptor.accept(client, error);
            if (error)
                return;
            const std::lock_guard lock(mutex);
            Client& kept = clients.emplace_back(std::move(client));
            threads.emplace_back([this, &kept] { serve(kept); });
        }
    }

    void serve(Client& client) {
        try {
            play(client);
        } catch (const std::exception&) {
            // Either side has gone: so has the other.
        }
        const std::lock_guard lock(mutex);
        boost::system::error_code ignored;
        client.shutdown(Client::shutdown_both, ignored);
    }

    void play(Client& client) {
        std::string startup = read_message(client, false);
        while (!is_startup(startup)) {
            asio::write(client, asio::buffer("N", 1)); // neither TLS nor GSS here
            startup = read_message(client, false);
        }
        std::array<Server, 2> servers{Server(context), Server(context)};
        for (Server& server : servers) {
            server.connect(socket + "/.s.PGSQL.5432");
            asio::write(server, asio::buffer(startup));
        }
        relay_answer(servers[1], nullptr);
        relay_answer(servers[0], &client);
        std::size_t turn = 0;
        while (true) {
            const bool idle = relay_exchange(client, servers[turn]);
            turn = idle ? 1 - turn : turn;
        }
    }

    static bool relay_exchange(Client& client, Server& server) {
        std::string message;
        do {
            message = read_message(client, true);
            asio::write(server, asio::buffer(message));
        } while (!ends_exchange(message));
        return relay_answer(server, &client);
    }

    /// Until the server is ready for more; true when it is in no transaction.
    static bool relay_answer(Server& server, Client* client) {
        std::string message;
        do {
            message = read_message(server, true);
            if (client != nullptr)
                asio::write(*client, asio::buffer(message));
        } while (!is_ready(message));
        return message.back() == 'I';
    }
};

TransactionPooler::TransactionPooler(const std::string& database_url)
    : state_(std::make_unique<State>()) {
    state_->socket = option(database_url, "host");
    const std::size_t slash = database_url.find('/', database_url.find("://") + 3);
    state_->database = database_url.substr(slash + 1, database_url.find('?') - slash - 1);
    state_->listener = std::thread([state = state_.get()] { state->listen(); });
}

TransactionPooler::~TransactionPooler() {
    // Wakes the listener, which a mere close would not.
    boost::system::error_code ignored;
    shutdown(state_->acceptor.native_handle(), SHUT_RDWR);
    state_->listener.join();
    {
        const std::lock_guard lock(state_->mutex);
        for (Client& client : state_->clients)
            client.shutdown(Client::shutdown_both, ignored);
    }
    for (std::thread& thread : state_->threads)
        thread.join();
}

std::string TransactionPooler::url() const {
    return "postgresql://postgres@127.0.0.1:" +
           std::to_string(state_->acceptor.local_endpoint().port()) + "/" + state_->database;
}

} // namespace pcmirror::testing
