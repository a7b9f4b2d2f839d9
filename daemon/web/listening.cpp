#include "daemon/web/listening.hpp"

#include "schema/error.hpp"
#include "schema/letters.hpp"

#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace pcmirror::web {
namespace {

using asio::ip::tcp;
using Endpoints = std::vector<tcp::endpoint>;

struct Place {
    std::string host; ///< without brackets
    std::uint16_t port = 0;
};

/// One socket that could not be made to listen.
struct Failure {
    int error = 0;
};

Error refusal(const std::string& listen, const std::string& why, std::string hint) {
    return {
        Recovery::fix_config, fmt::format("can't listen on {}: {}", listen, why), std::move(hint)};
}

Error refusal(const std::string& listen, int error) {
    const std::string port = listen.substr(listen.rfind(':') + 1);
    switch (error) {
    case EADDRINUSE:
        return refusal(
            listen,
            "another program listens there",
            fmt::format("choose another port, or stop what \"ss -ltnp sport = :{}\" shows", port)
        );
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return refusal(
            listen,
            "this machine has no such address",
            "use one that \"ip address\" shows, or 127.0.0.1"
        );
    case EACCES:
    case EPERM:
        return refusal(
            listen,
            "this user may not listen there",
            "use a port above 1023, or give the service the capability CAP_NET_BIND_SERVICE"
        );
    default:
        return refusal(listen, std::generic_category().message(error), {});
    }
}

Place place_of(const std::string& listen) {
    const std::size_t colon = listen.rfind(':');
    Place place;
    const std::string_view text = listen;
    const std::string_view digits =
        colon == std::string::npos ? std::string_view() : text.substr(colon + 1);
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), place.port);
    place.host = text.substr(0, std::min(colon, text.size()));
    if (place.host.starts_with('[') && place.host.ends_with(']'))
        place.host = place.host.substr(1, place.host.size() - 2);
    const bool whole = problem == std::errc() && end == digits.data() + digits.size();
    if (!whole || digits.empty() || place.host.empty())
        throw refusal(listen, "this is not host:port", "write it like 127.0.0.1:9187");
    return place;
}

struct FreeAddresses {
    void operator()(addrinfo* found) const { freeaddrinfo(found); }
};

/// Asks the system: where names of this machine are listed is its own matter.
Endpoints looked_up(const std::string& listen, const Place& place) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int error = getaddrinfo(place.host.c_str(), nullptr, &hints, &list); error != 0)
        throw refusal(
            listen,
            fmt::format("the name {} is not known ({})", place.host, gai_strerror(error)),
            "use an address of this machine"
        );
    const std::unique_ptr<addrinfo, FreeAddresses> found(list);
    Endpoints endpoints;
    for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
        tcp::endpoint endpoint;
        endpoint.resize(one->ai_addrlen);
        std::copy_n(
            reinterpret_cast<const std::byte*>(one->ai_addr),
            one->ai_addrlen,
            reinterpret_cast<std::byte*>(endpoint.data())
        );
        endpoint.port(place.port);
        endpoints.push_back(endpoint);
    }
    return endpoints;
}

Endpoints endpoints_of(const std::string& listen) {
    const Place place = place_of(listen);
    if (same_name(place.host, "localhost"))
        return {
            {asio::ip::address_v4::loopback(), place.port},
            {asio::ip::address_v6::loopback(), place.port}};
    boost::system::error_code no_address;
    const asio::ip::address address = asio::ip::make_address(place.host, no_address);
    return no_address ? looked_up(listen, place) : Endpoints{{address, place.port}};
}

void set_option(int descriptor, int level, int name, int value) {
    if (setsockopt(descriptor, level, name, &value, sizeof value) != 0)
        throw Failure{errno};
}

/// By hand, since Asio's sockets are inherited by child processes.
tcp::acceptor open(const asio::any_io_executor& executor, const tcp::endpoint& endpoint) {
    constexpr int kind = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    const int descriptor = ::socket(endpoint.protocol().family(), kind, 0);
    if (descriptor < 0)
        throw Failure{errno};
    tcp::acceptor acceptor(executor, endpoint.protocol(), descriptor);
    set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    if (endpoint.address().is_v6()) {
        // Only "every address" means those of IPv4, too.
        const int only = endpoint.address().is_unspecified() ? 0 : 1;
        set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, only);
    }
    const auto length = static_cast<socklen_t>(endpoint.size());
    if (::bind(descriptor, endpoint.data(), length) != 0 || ::listen(descriptor, SOMAXCONN) != 0)
        throw Failure{errno};
    return acceptor;
}

bool is_absent(int error) {
    return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

/// On all of them that this machine has, one at least.
std::vector<tcp::acceptor> open_all(const asio::any_io_executor& executor, Endpoints endpoints) {
    std::vector<tcp::acceptor> acceptors;
    int absent = EADDRNOTAVAIL;
    for (tcp::endpoint& endpoint : endpoints) {
        if (!acceptors.empty())
            endpoint.port(acceptors.front().local_endpoint().port());
        try {
            acceptors.push_back(open(executor, endpoint));
        } catch (const Failure& failure) {
            if (!is_absent(failure.error))
                throw;
            absent = failure.error;
        }
    }
    if (acceptors.empty())
        throw Failure{absent};
    return acceptors;
}

} // namespace

std::vector<tcp::acceptor>
listen_on(const asio::any_io_executor& executor, const std::string& listen) {
    const Endpoints endpoints = endpoints_of(listen);
    const bool any_port = endpoints.front().port() == 0;
    // A port that is free on one address may be taken on the next.
    constexpr int attempts = 16;
    for (int attempt = 1;; ++attempt) {
        try {
            return open_all(executor, endpoints);
        } catch (const Failure& failure) {
            if (!any_port || failure.error != EADDRINUSE || attempt == attempts)
                throw refusal(listen, failure.error);
        }
    }
}

} // namespace pcmirror::web
