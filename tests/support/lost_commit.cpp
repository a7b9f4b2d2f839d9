#include "tests/support/lost_commit.hpp"

#include <boost/asio/write.hpp>
#include <utility>

namespace pcmirror::testing {
namespace {

namespace asio = boost::asio;
using Client = DatabaseProxy::Client;
using Server = DatabaseProxy::Server;

template <typename Socket> void hang_up(Socket& socket) {
    boost::system::error_code ignored;
    socket.shutdown(Socket::shutdown_both, ignored);
}

bool says(const std::string& message, const std::string& statement) {
    return message.front() == 'Q' && message.compare(5, statement.size(), statement) == 0;
}

} // namespace

LostCommit::LostCommit(const std::string& database_url, std::string word)
    : word_(std::move(word)),
      proxy_(database_url, [this](Client& client, const std::string& startup) {
          play(client, startup);
      }) {}

void LostCommit::play(Client& client, const std::string& startup) {
    Server server = proxy_.connect(startup);
    std::atomic<bool> lose = false;
    std::thread answers([&] { answer(client, server, lose); });
    try {
        ask(client, server, lose);
    } catch (const std::exception&) {
        hang_up(server);
    }
    answers.join();
}

void LostCommit::ask(Client& client, Server& server, std::atomic<bool>& lose) {
    bool met = false;
    while (true) {
        const std::string message = DatabaseProxy::read_message(client);
        if (says(message, "BEGIN"))
            met = false;
        met = met || message.find(word_) != std::string::npos;
        if (met && says(message, "COMMIT") && armed_.exchange(false))
            lose = true;
        asio::write(server, asio::buffer(message));
    }
}

void LostCommit::answer(Client& client, Server& server, const std::atomic<bool>& lose) {
    try {
        while (true) {
            const std::string message = DatabaseProxy::read_message(server);
            if (!lose)
                asio::write(client, asio::buffer(message));
            else if (message.front() == 'Z')
                break;
        }
        lost_ = true;
    } catch (const std::exception&) {
        // The server has gone: so has the client's connection.
    }
    hang_up(client);
    hang_up(server);
}

} // namespace pcmirror::testing
