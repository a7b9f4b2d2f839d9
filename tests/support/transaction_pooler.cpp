#include "tests/support/transaction_pooler.hpp"

#include <array>
#include <boost/asio/write.hpp>

namespace pcmirror::testing {
namespace {

namespace asio = boost::asio;
using Client = DatabaseProxy::Client;
using Server = DatabaseProxy::Server;

bool is_ready(const std::string& message) {
    return message.front() == 'Z';
}

bool ends_exchange(const std::string& message) {
    return message.front() == 'Q' || message.front() == 'S';
}

/// Until the server is ready for more; true when it is in no transaction.
bool relay_answer(Server& server, Client* client) {
    std::string message;
    do {
        message = DatabaseProxy::read_message(server);
        if (client != nullptr)
            asio::write(*client, asio::buffer(message));
    } while (!is_ready(message));
    return message.back() == 'I';
}

bool relay_exchange(Client& client, Server& server) {
    std::string message;
    do {
        message = DatabaseProxy::read_message(client);
        asio::write(server, asio::buffer(message));
    } while (!ends_exchange(message));
    return relay_answer(server, &client);
}

} // namespace

TransactionPooler::TransactionPooler(const std::string& database_url)
    : proxy_(database_url, [this](Client& client, const std::string& startup) {
          play(client, startup);
      }) {}

void TransactionPooler::play(Client& client, const std::string& startup) {
    std::array<Server, 2> servers{proxy_.connect(startup), proxy_.connect(startup)};
    relay_answer(servers[1], nullptr);
    relay_answer(servers[0], &client);
    std::size_t turn = 0;
    while (true) {
        const bool idle = relay_exchange(client, servers[turn]);
        turn = idle ? 1 - turn : turn;
    }
}

} // namespace pcmirror::testing
