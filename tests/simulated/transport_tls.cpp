#include "daemon/web/gzip.hpp"
#include "tests/simulated/transport_client.hpp"
#include "tests/simulated/transport_server.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {

using Kind = TransportError::Kind;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

namespace {

/// Asserts that a server with this identity is refused for that reason, by advice for a person.
void expect_untrusted(
    const Identity& identity, const HttpOptions& options, const std::string& reason
) {
    ScriptedServer server(always(answer("secret")), identity);
    Client client(options);
    const auto error = client.failure(server.url());
    EXPECT_EQ(error.kind(), Kind::tls);
    EXPECT_FALSE(error.sent());
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr(server.url("")));
    EXPECT_THAT(error.what(), HasSubstr(reason));
    EXPECT_THAT(error.hint(), HasSubstr("tls_ca_file"));
}

/// An untrusted certificate is no matter of retrying; every other failure of TLS is.
void expect_failed_handshake(const TransportError& error) {
    EXPECT_EQ(error.kind(), Kind::tls);
    EXPECT_FALSE(error.sent());
    EXPECT_EQ(error.recovery(), Recovery::retry_later);
    EXPECT_THAT(error.what(), HasSubstr("TLS handshake with https://127.0.0.1:"));
}

} // namespace

TEST(TransportTls, TrustsTheExtraAuthorityForNamesAndAddresses) {
    const Authority authority;
    std::string requested_host;
    ScriptedServer server(
        [&](Peer& peer) -> asio::awaitable<void> {
            requested_host = peer.requested_host();
            while (!(co_await peer.request()).empty()) {
                co_await peer.send(answer(web::gzipped("hello"), "Content-Encoding: gzip\r\n"));
            }
        },
        authority.issue()
    );
    Client client({.ca_file = authority.file()});

    EXPECT_EQ(client.get(server.url("/", "localhost")).body, "hello");
    EXPECT_EQ(requested_host, "localhost");
    EXPECT_EQ(client.get(server.url("/", "127.0.0.1")).body, "hello");
    EXPECT_EQ(requested_host, "") << "an address is no server name";
    EXPECT_EQ(client.get(server.url("/", "LOCALHOST")).body, "hello");
    EXPECT_EQ(client.get(server.url("/", "127.0.0.1")).body, "hello");
    EXPECT_EQ(server.connections(), 2);
}

TEST(TransportTls, ReadsALongBodyWhole) {
    const Authority authority;
    const std::string body(3'000'000, 'x');
    ScriptedServer server(always(answer(body)), authority.issue());
    Client client({.ca_file = authority.file()});
    EXPECT_EQ(client.get(server.url()).body, body);
    const std::string upload(300'000, 'y');
    EXPECT_EQ(client.send({.method = "POST", .url = server.url(), .body = upload}).body, body);
    EXPECT_EQ(server.connections(), 1);
}

TEST(TransportTls, RefusesCertificatesAndSaysWhy) {
    const Authority authority;
    const Authority stranger("Somebody else");
    const HttpOptions trusting{.ca_file = authority.file()};
    expect_untrusted(
        authority.issue({.first_day = -3, .last_day = -1}), trusting, "certificate has expired"
    );
    expect_untrusted(
        authority.issue({.first_day = 1, .last_day = 3}), trusting, "certificate is not yet valid"
    );
    expect_untrusted(
        authority.issue({.names = "DNS:localhost,IP:127.0.0.2"}), trusting, "IP address mismatch"
    );
    // An address in a name's place is not the address.
    expect_untrusted(authority.issue({.names = "DNS:127.0.0.1"}), trusting, "IP address mismatch");
    expect_untrusted(stranger.issue(), trusting, "unable to get local issuer certificate");
    expect_untrusted(authority.issue(), {}, "unable to get local issuer certificate");
    expect_untrusted(self_signed(), trusting, "self-signed certificate");
}

TEST(TransportTls, RefusesACertificateForAnotherHost) {
    const Authority authority;
    for (const char* names : {"DNS:example.com", "DNS:*.localhost", "DNS:local*", "IP:127.0.0.1"}) {
        ScriptedServer server(always(answer("")), authority.issue({.names = names}));
        Client client({.ca_file = authority.file()});
        const auto error = client.failure(server.url("/", "localhost"));
        EXPECT_EQ(error.kind(), Kind::tls) << names;
        EXPECT_THAT(error.what(), HasSubstr("hostname mismatch"));
        EXPECT_EQ(error.recovery(), Recovery::fix_api);
    }
}

TEST(TransportTls, AServerWithoutTlsFailsTheHandshake) {
    ScriptedServer talks([](Peer& peer) -> asio::awaitable<void> {
        co_await peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    ScriptedServer closes([](Peer& peer) -> asio::awaitable<void> {
        peer.close();
        co_return;
    });
    Client client;
    expect_failed_handshake(client.failure("https" + talks.url().substr(4)));
    expect_failed_handshake(client.failure("https" + closes.url().substr(4)));
}

TEST(TransportTls, AHandshakeThatNeverComesEndsWithTheConnectTimeout) {
    ScriptedServer server([](Peer&) -> asio::awaitable<void> { co_return; });
    Client client({.connect_timeout = milliseconds(200)});
    const auto error = client.failure("https" + server.url().substr(4));
    EXPECT_EQ(error.kind(), Kind::timeout);
    EXPECT_FALSE(error.sent());
}

TEST(TransportTls, AHandshakeThatNeverComesEndsWithTheDeadline) {
    ScriptedServer server([](Peer&) -> asio::awaitable<void> { co_return; });
    Client client;
    const auto error =
        client.failure({.url = "https" + server.url().substr(4), .timeout = milliseconds(200)});
    EXPECT_EQ(error.kind(), Kind::timeout);
    EXPECT_FALSE(error.sent());
}

TEST(TransportTls, ACutIsToleratedOnlyBehindACompleteBody) {
    const Authority authority;
    const auto response_to = [&](const std::string& bytes, bool proper_end) {
        ScriptedServer server(
            [&](Peer& peer) -> asio::awaitable<void> {
                co_await peer.request();
                co_await peer.send(bytes);
                if (proper_end) {
                    co_await peer.end_tls();
                }
                peer.close();
            },
            authority.issue()
        );
        return Client({.ca_file = authority.file()}).get(server.url()).body;
    };
    const std::string until_closed = "HTTP/1.1 200 OK\r\n\r\nbody";

    EXPECT_EQ(response_to(answer("body"), false), "body");
    EXPECT_EQ(response_to(until_closed, true), "body");
    EXPECT_THROW(response_to(until_closed, false), TransportError);
    EXPECT_THROW(response_to("", false), TransportError);
}

TEST(TransportTls, DeadKeptConnectionsAreReported) {
    const Authority authority;
    for (const bool proper_end : {true, false}) {
        ScriptedServer server(
            [&](Peer& peer) -> asio::awaitable<void> {
                co_await peer.request();
                co_await peer.send(answer("fine"));
                if (peer.number() > 1) {
                    co_return;
                }
                co_await peer.request();
                if (proper_end) {
                    co_await peer.end_tls();
                }
                peer.close();
            },
            authority.issue()
        );
        Client client({.ca_file = authority.file()});
        client.get(server.url());
        EXPECT_EQ(client.failure(server.url()).kind(), Kind::stale);
        EXPECT_EQ(client.get(server.url()).body, "fine");
        EXPECT_EQ(server.connections(), 2);
    }
}

TEST(TransportTls, CancellationEndsAHandshakeAndABody) {
    const Authority authority;
    for (const bool in_handshake : {true, false}) {
        Event closed;
        Event started;
        Client client({.ca_file = authority.file()});
        std::shared_ptr<Client::Running> running;
        const auto identity = in_handshake ? std::nullopt : std::optional(authority.issue());
        ScriptedServer server(
            [&](Peer& peer) -> asio::awaitable<void> {
                if (!in_handshake) {
                    co_await peer.request();
                    co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
                }
                EXPECT_TRUE(started.happened());
                client.cancel(running);
                co_await peer.gone();
                closed.set();
            },
            identity
        );
        const std::string port = std::to_string(server.port());
        running = client.start({.url = "https://127.0.0.1:" + port + "/"});
        started.set();
        client.finish(*running);
        EXPECT_THROW(std::rethrow_exception(running->error), boost::system::system_error);
        EXPECT_TRUE(closed.happened());
    }
}

TEST(TransportTls, AnUnusableAuthorityFileIsAMistakeOfTheConfiguration) {
    for (const char* file : {"/nonexistent/ca.pem", "/dev/null"}) {
        try {
            Client client({.ca_file = file});
            ADD_FAILURE() << file;
        } catch (const Error& error) {
            EXPECT_EQ(error.recovery(), Recovery::fix_config);
            EXPECT_THAT(error.what(), HasSubstr(file));
        }
    }
}

} // namespace pcmirror
