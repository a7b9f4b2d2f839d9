#include "tests/support/database_proxy.hpp"

#include <boost/asio/write.hpp>
#include <utility>

namespace pcmirror::testing {
namespace {

namespace asio = boost::asio;

std::string option(const std::string& url, const std::string& name) {
    const std::size_t at = url.find(name + "=") + name.size() + 1;
    return url.substr(at, url.find('&', at) - at);
}

std::string database_of(const std::string& url) {
    const std::size_t slash = url.find('/', url.find("://") + 3);
    return url.substr(slash + 1, url.find('?') - slash - 1);
}

} // namespace

DatabaseProxy::DatabaseProxy(const std::string& database_url, Play play)
    : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
      socket_(option(database_url, "host")), database_(database_of(database_url)),
      play_(std::move(play)), listener_([this] { listen(); }) {}

DatabaseProxy::~DatabaseProxy() {
    // Wakes the listener, which a mere close would not.
    boost::system::error_code ignored;
    shutdown(acceptor_.native_handle(), SHUT_RDWR);
    listener_.join();
    {
        const std::lock_guard lock(mutex_);
        for (Client& client : clients_)
            client.shutdown(Client::shutdown_both, ignored);
    }
    for (std::thread& thread : threads_)
        thread.join();
}

std::string DatabaseProxy::url() const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) +
           "/" + database_;
}

DatabaseProxy::Server DatabaseProxy::connect(const std::string& startup) {
    Server server(context_);
    server.connect(socket_ + "/.s.PGSQL.5432");
    asio::write(server, asio::buffer(startup));
    return server;
}

std::uint32_t DatabaseProxy::length_at(const char* bytes) {
    std::uint32_t value = 0;
    for (int index = 0; index < 4; ++index)
        value = (value << 8U) | static_cast<unsigned char>(bytes[index]);
    return value;
}

void DatabaseProxy::listen() {
    boost::system::error_code error;
    while (true) {
        Client client(context_);
        acceptor_.accept(client, error);
        if (error)
            return;
        const std::lock_guard lock(mutex_);
        Client& kept = clients_.emplace_back(std::move(client));
        threads_.emplace_back([this, &kept] { serve(kept); });
    }
}

void DatabaseProxy::serve(Client& client) {
    constexpr std::uint32_t protocol = 196608;
    try {
        std::string startup = read_message(client, false);
        while (length_at(startup.data() + 4) != protocol) {
            asio::write(client, asio::buffer("N", 1)); // neither TLS nor GSS here
            startup = read_message(client, false);
        }
        play_(client, startup);
    } catch (const std::exception&) {
        // Either side has gone: so has the other.
    }
    const std::lock_guard lock(mutex_);
    boost::system::error_code ignored;
    client.shutdown(Client::shutdown_both, ignored);
}

} // namespace pcmirror::testing
