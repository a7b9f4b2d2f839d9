#include "tests/simulated/transport_client.hpp"
#include "tests/simulated/transport_server.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace pcmirror {

using Kind = TransportError::Kind;
using ::testing::HasSubstr;

namespace {

/// The answer to each connection's first request, after which the server closes it.
Script once(std::string bytes, Event& closed) {
    return [bytes = std::move(bytes), &closed](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send(bytes);
        peer.close();
        if (peer.number() == 1) {
            closed.set();
        }
    };
}

/// Kept connections die at their second request; the fresh ones from `mended_from` on do not.
Script dies_at_second_request(int mended_from) {
    return [mended_from](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        if (peer.number() == 1 || peer.number() >= mended_from) {
            co_await peer.send(answer("fine"));
        }
        if (peer.number() < mended_from) {
            co_await peer.request();
            peer.close();
        }
    };
}

} // namespace

TEST(TransportConnection, IsKeptForTheNextRequest) {
    ScriptedServer server(always(answer("hello")));
    Client client;
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(client.get(server.url()).body, "hello");
    }
    EXPECT_EQ(client.send({.method = "POST", .url = server.url(), .body = "x"}).body, "hello");
    EXPECT_EQ(server.connections(), 1);
}

TEST(TransportConnection, IsNotKeptWhereTheServerOrTheAnswerForbids) {
    for (const std::string& bytes : {
             answer("a", "Connection: close\r\n"),
             std::string("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"),
             answer("a") + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
         }) {
        ScriptedServer server(always(bytes));
        Client client;
        EXPECT_EQ(client.get(server.url()).body, "a");
        EXPECT_EQ(client.get(server.url()).body, "a");
        EXPECT_EQ(server.connections(), 2) << bytes;
    }
}

TEST(TransportConnection, ClosedByTheServerIsNoticedBeforeUse) {
    Event closed;
    ScriptedServer server(once(answer("a"), closed));
    Client client;
    client.get(server.url());
    ASSERT_TRUE(closed.happened());

    // Not even a request that must not be repeated suffers from it.
    EXPECT_EQ(client.send({.method = "POST", .url = server.url()}).body, "a");
    EXPECT_EQ(server.connections(), 2);
}

TEST(TransportConnection, DeadBeforeTheAnswerIsReportedForSafeMethods) {
    for (const char* method : {"GET", "HEAD"}) {
        ScriptedServer server(dies_at_second_request(2));
        Client client;
        client.get(server.url());
        const auto error = client.failure({.method = method, .url = server.url()});
        EXPECT_EQ(error.kind(), Kind::stale);
        EXPECT_TRUE(error.sent());
        EXPECT_EQ(server.connections(), 1) << "nothing is sent twice";
        HttpRequest again{.method = method, .url = server.url()};
        again.fresh_connection = true;
        EXPECT_EQ(client.send(again).status, 200);
    }
}

TEST(TransportConnection, IsKeptWhereTheRequestMayNoLongerLeave) {
    for (const bool secure : {false, true}) {
        const Authority authority;
        const auto identity = secure ? std::optional(authority.issue()) : std::nullopt;
        ScriptedServer server(always(answer("fine")), identity);
        Client client({.ca_file = authority.file()});
        HttpRequest request{.url = server.url()};
        request.may_leave = [] { return false; };
        const auto error = client.failure(request);
        EXPECT_EQ(error.kind(), Kind::held_back);
        EXPECT_FALSE(error.sent());
        EXPECT_EQ(client.get(server.url()).body, "fine");
        EXPECT_EQ(server.connections(), 1);
    }
}

TEST(TransportConnection, DeadBeforeTheAnswerIsNotReplacedForOtherMethods) {
    ScriptedServer server(dies_at_second_request(2));
    Client client;
    client.get(server.url());
    const auto error = client.failure({.method = "POST", .url = server.url()});
    EXPECT_EQ(error.kind(), Kind::reset);
    EXPECT_TRUE(error.sent());
    EXPECT_EQ(server.connections(), 1);
}

TEST(TransportConnection, FreshPassesByTheKeptOnes) {
    ScriptedServer server(always(answer("fine")));
    Client client;
    client.get(server.url());
    HttpRequest request{.url = server.url()};
    request.fresh_connection = true;
    EXPECT_EQ(client.send(request).body, "fine");
    EXPECT_EQ(server.connections(), 2);
}

TEST(TransportConnection, DeadWithinTheAnswerIsNotReplaced) {
    ScriptedServer server([](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send(answer("fine"));
        co_await peer.request();
        co_await peer.send("HTTP/1.1 2");
        peer.close();
    });
    Client client;
    client.get(server.url());
    EXPECT_EQ(client.failure(server.url()).kind(), Kind::reset);
    EXPECT_EQ(server.connections(), 1);
}

/// Answers one request, and tells when the client has closed the connection.
auto answer_until_gone(Event& closed) {
    return [&closed](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send(answer("a"));
        co_await peer.gone();
        closed.set();
    };
}

TEST(TransportConnection, IdleTooLongIsClosed) {
    Event closed;
    ScriptedServer server(answer_until_gone(closed));
    Client client({.idle_timeout = std::chrono::seconds(1)});
    client.get(server.url());
    client.run_dry();
    EXPECT_TRUE(closed.happened());
}

TEST(TransportConnection, IdleIsClosedWithTheTransport) {
    Event closed;
    ScriptedServer server(answer_until_gone(closed));
    Client client;
    client.get(server.url());
    client.drop_transport();
    EXPECT_TRUE(closed.happened());
    // The timer of the pool is gone, too: the event loop has nothing left to wait for.
    client.run_dry();
}

TEST(TransportConnection, CallsOverlapAndOnlySoManyConnectionsAreKept) {
    std::vector<Peer*> waiting;
    std::atomic<std::size_t> expected = 0;
    ScriptedServer server([&](Peer& peer) -> asio::awaitable<void> {
        while (!(co_await peer.request()).empty()) {
            waiting.push_back(&peer);
            // Nobody is answered before all asked, in whichever order.
            if (waiting.size() == expected) {
                for (Peer* other : std::exchange(waiting, {})) {
                    co_await other->send(answer("together"));
                }
            }
        }
    });
    Client client({.connections = 1});
    const auto ask_at_once = [&](std::size_t calls) {
        expected = calls;
        std::vector<std::shared_ptr<Client::Running>> running(calls);
        for (auto& call : running) {
            call = client.start({.url = server.url()});
        }
        for (const auto& call : running) {
            client.finish(*call);
            EXPECT_EQ(call->response->body, "together");
        }
    };

    ask_at_once(3);
    EXPECT_EQ(server.connections(), 3);
    ask_at_once(2);
    EXPECT_EQ(server.connections(), 4);
}

TEST(TransportConnection, TriesEveryAddressOfAName) {
    // localhost is ::1 first where there is IPv6, and there nobody listens.
    ScriptedServer server(always(answer("here")));
    Client client;
    EXPECT_EQ(client.get(server.url("/", "localhost")).body, "here");
}

TEST(TransportConnection, RefusedMeansNothingWasSent) {
    std::string url;
    {
        ScriptedServer server(always(answer("")));
        url = server.url();
    }
    Client client;
    const auto error = client.failure(url);
    EXPECT_EQ(error.kind(), Kind::connect);
    EXPECT_FALSE(error.sent());
    EXPECT_EQ(error.recovery(), Recovery::retry_later);
    EXPECT_THAT(error.what(), HasSubstr("connection refused"));
}

TEST(TransportConnection, AnUnknownNameMeansNothingWasSent) {
    Client client;
    const auto error = client.failure("http://no-such-host.invalid/");
    EXPECT_EQ(error.kind(), Kind::connect);
}

} // namespace pcmirror
