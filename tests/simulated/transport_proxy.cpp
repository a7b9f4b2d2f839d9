#include "tests/simulated/transport_client.hpp"
#include "tests/simulated/transport_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {

using Kind = TransportError::Kind;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

std::string proxy_url(const ScriptedServer& proxy, const std::string& user = {}) {
    return "http://" + user + "127.0.0.1:" + std::to_string(proxy.port());
}

/// The error of a request through a proxy that answers CONNECT with these bytes and then closes.
TransportError failure_behind(const std::string& bytes) {
    ScriptedServer proxy([&](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send(bytes);
        peer.close();
    });
    Client client({.proxy = proxy_url(proxy, "user:password@")});
    auto error = client.failure("https://api.example/v1/customers");
    EXPECT_FALSE(error.sent());
    EXPECT_EQ(error.recovery(), Recovery::retry_later);
    EXPECT_THAT(error.what(), Not(HasSubstr("password")));
    EXPECT_THAT(error.what(), Not(HasSubstr("dXNlcjpwYXNzd29yZA")));
    EXPECT_THAT(error.what(), HasSubstr("the proxy 127.0.0.1:"));
    return error;
}

} // namespace

TEST(TransportProxy, CarriesTlsThroughATunnel) {
    const Authority authority;
    const Identity identity = authority.issue({.names = "DNS:api.example"});
    std::string connect;
    std::string request;
    ScriptedServer proxy([&](Peer& peer) -> asio::awaitable<void> {
        connect = co_await peer.request();
        co_await peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
        co_await peer.start_tls(identity);
        for (int i = 0; i < 2; ++i) {
            request = co_await peer.request();
            co_await peer.send(answer("from " + peer.requested_host()));
        }
    });
    Client client({.ca_file = authority.file(), .proxy = proxy_url(proxy, "us%65r:password@")});

    EXPECT_EQ(client.get("https://api.example/v1?a").body, "from api.example");
    EXPECT_EQ(client.get("https://api.example/v1?b").body, "from api.example");

    EXPECT_EQ(
        connect,
        "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n"
        "Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==\r\n\r\n"
    );
    EXPECT_EQ(request, "GET /v1?b HTTP/1.1\r\nHost: api.example\r\nAccept-Encoding: gzip\r\n\r\n");
    EXPECT_EQ(proxy.connections(), 1);
}

TEST(TransportProxy, StillVerifiesTheServerBehindTheTunnel) {
    const Authority authority;
    const Identity identity = authority.issue({.names = "DNS:proxy.example"});
    ScriptedServer proxy([&](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\n\r\n");
        co_await peer.start_tls(identity);
    });
    Client client({.ca_file = authority.file(), .proxy = proxy_url(proxy)});
    const auto error = client.failure("https://api.example/");
    EXPECT_EQ(error.kind(), Kind::tls);
    EXPECT_THAT(error.what(), HasSubstr("hostname mismatch"));
}

TEST(TransportProxy, GetsPlainRequestsWithTheWholeUrl) {
    std::string request;
    ScriptedServer proxy([&](Peer& peer) -> asio::awaitable<void> {
        request = co_await peer.request();
        co_await peer.send(answer("proxied"));
    });
    Client client({.proxy = proxy_url(proxy, "a:b@")});
    EXPECT_EQ(client.get("http://api.example:8080/v1?a").body, "proxied");
    EXPECT_EQ(
        request,
        "GET http://api.example:8080/v1?a HTTP/1.1\r\nHost: api.example:8080\r\n"
        "Accept-Encoding: gzip\r\nProxy-Authorization: Basic YTpi\r\n\r\n"
    );
}

TEST(TransportProxy, RefusalsSayWhoRefused) {
    const auto unauthorized =
        failure_behind("HTTP/1.1 407 Who are you\r\nContent-Length: 5\r\n\r\nlogin");
    EXPECT_EQ(unauthorized.kind(), Kind::connect);
    EXPECT_THAT(unauthorized.what(), HasSubstr("407"));
    EXPECT_THAT(unauthorized.hint(), HasSubstr("user:password@"));

    const auto failed = failure_behind("HTTP/1.0 502 Bad Gateway\r\n\r\n");
    EXPECT_EQ(failed.kind(), Kind::connect);
    EXPECT_THAT(failed.what(), HasSubstr("502"));
}

TEST(TransportProxy, NonsenseAndSilenceAreFailuresToConnect) {
    EXPECT_EQ(failure_behind("what?\r\n\r\n").kind(), Kind::connect);
    EXPECT_EQ(failure_behind("").kind(), Kind::connect);
    EXPECT_EQ(failure_behind("HTTP/1.1 200 OK\r\n\r\nearly bytes").kind(), Kind::connect);
}

TEST(TransportProxy, AHangEndsWithTheConnectTimeout) {
    ScriptedServer proxy([](Peer&) -> asio::awaitable<void> { co_return; });
    Client client({.proxy = proxy_url(proxy), .connect_timeout = milliseconds(200)});
    const auto error = client.failure("https://api.example/");
    EXPECT_EQ(error.kind(), Kind::timeout);
    EXPECT_FALSE(error.sent());
}

TEST(TransportProxy, ThatCannotBeReachedIsNamed) {
    std::string url;
    {
        ScriptedServer proxy(always(""));
        url = proxy_url(proxy);
    }
    Client client({.proxy = url});
    const auto error = client.failure("https://api.example/");
    EXPECT_EQ(error.kind(), Kind::connect);
    EXPECT_THAT(error.what(), HasSubstr(url.substr(7)));
}

TEST(TransportProxy, AnUnusableOneIsAMistakeOfTheConfiguration) {
    try {
        Client client({.proxy = "socks5://user:password@127.0.0.1:1080"});
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_config);
        EXPECT_THAT(error.what(), Not(HasSubstr("password")));
    }
}

} // namespace pcmirror
