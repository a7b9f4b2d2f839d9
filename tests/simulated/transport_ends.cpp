#include "tests/simulated/transport_client.hpp"
#include "tests/simulated/transport_server.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>
#include <utility>

namespace pcmirror {

using Kind = TransportError::Kind;

namespace {

constexpr std::chrono::milliseconds soon{200};

/// Plays the script at a connection's second request, which goes over a kept connection: no
/// deadline passes while it is made.
Script after_a_first_answer(Script script) {
    return [script = std::move(script)](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send(answer("first"));
        if (!(co_await peer.request()).empty()) {
            co_await script(peer);
        }
    };
}

bool was_cancelled(const Client::Running& running) {
    try {
        std::rethrow_exception(running.error);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    }
}

} // namespace

TEST(TransportDeadline, EndsAHangAtAnyPoint) {
    for (const std::string& before : {
             std::string(),
             std::string("HTTP/1.1 200"),
             std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
             std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
             std::string("HTTP/1.1 100 Continue\r\n\r\n"),
         }) {
        ScriptedServer server(after_a_first_answer([&](Peer& peer) -> asio::awaitable<void> {
            co_await peer.send(before);
        }));
        Client client;
        client.get(server.url());
        const auto error = client.failure({.url = server.url(), .timeout = soon});
        EXPECT_EQ(error.kind(), Kind::timeout) << before;
        EXPECT_TRUE(error.sent());
    }
}

TEST(TransportDeadline, EndsADripAndAFlood) {
    const std::string start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string& piece :
         {std::string("1\r\nx\r\n"), "4000\r\n" + std::string(0x4000, 'x') + "\r\n"}) {
        bool played = false;
        // A deadline that passed before the request left says nothing of its answer.
        for (auto deadline = soon; !played; deadline *= 2) {
            Event stopped;
            ScriptedServer server([&](Peer& peer) -> asio::awaitable<void> {
                co_await peer.request();
                co_await peer.send(answer("first"));
                played = !(co_await peer.request()).empty();
                bool heard = played;
                if (heard) {
                    heard = co_await peer.send(start);
                }
                while (heard) {
                    heard = co_await peer.send(piece);
                }
                stopped.set();
            });
            Client client;
            client.get(server.url());
            const auto error = client.failure(
                {.url = server.url(), .timeout = deadline, .body_limit = std::size_t{1} << 40}
            );
            EXPECT_EQ(error.kind(), Kind::timeout);
            ASSERT_TRUE(stopped.happened());
        }
    }
}

TEST(TransportDeadline, ThatHasPassedLeavesNoConnectionBehind) {
    Event closed;
    ScriptedServer server([&](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send(answer("first"));
        co_await peer.gone();
        if (peer.number() == 1) {
            closed.set();
        }
    });
    Client client;
    client.get(server.url());
    client.failure({.url = server.url(), .timeout = soon});
    EXPECT_TRUE(closed.happened());
    EXPECT_EQ(client.get(server.url()).body, "first");
    EXPECT_EQ(server.connections(), 2);
}

TEST(TransportCancellation, EndsARequestInItsBodyAndClosesTheConnection) {
    Event closed;
    Client client;
    std::shared_ptr<Client::Running> running;
    Event started;
    ScriptedServer server([&](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        if (peer.number() > 1) {
            co_await peer.send(answer("next"));
            co_return;
        }
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
        EXPECT_TRUE(started.happened());
        client.cancel(running);
        co_await peer.gone();
        closed.set();
    });
    running = client.start({.url = server.url()});
    started.set();
    client.finish(*running);

    EXPECT_TRUE(was_cancelled(*running));
    EXPECT_TRUE(closed.happened());
    EXPECT_EQ(client.get(server.url()).body, "next");
    EXPECT_EQ(server.connections(), 2);
}

TEST(TransportCancellation, LeavesOtherCallsAlone) {
    Client client;
    std::shared_ptr<Client::Running> cancelled;
    Event started;
    ScriptedServer server([&](Peer& peer) -> asio::awaitable<void> {
        const std::string request = co_await peer.request();
        if (request.starts_with("GET /other")) {
            EXPECT_TRUE(started.happened());
            client.cancel(cancelled);
            co_await peer.send(answer("whole"));
        }
    });
    cancelled = client.start({.url = server.url("/hangs")});
    const auto other = client.start({.url = server.url("/other")});
    started.set();
    client.finish(*other);
    client.finish(*cancelled);
    EXPECT_EQ(other->response->body, "whole");
    EXPECT_TRUE(was_cancelled(*cancelled));
}

TEST(TransportCancellation, TheEventLoopMayEndInTheMiddleOfCalls) {
    ScriptedServer silent([](Peer& peer) -> asio::awaitable<void> { co_await peer.gone(); });
    ScriptedServer quick(always(answer("quick")));
    Client client;
    const auto waits_for_answer = client.start({.url = silent.url()});
    const auto waits_for_tls = client.start({.url = "https" + silent.url().substr(4)});
    client.get(quick.url());
    const auto never_ran = client.start({.url = quick.url()});
    client.drop_transport();
    EXPECT_FALSE(waits_for_answer->done || waits_for_tls->done || never_ran->done);
}

} // namespace pcmirror
