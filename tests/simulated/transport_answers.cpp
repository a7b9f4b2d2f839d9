#include "daemon/web/gzip.hpp"
#include "tests/simulated/transport_client.hpp"
#include "tests/simulated/transport_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {

using Kind = TransportError::Kind;
using ::testing::HasSubstr;

namespace {

std::string chunked(const std::string& chunks, const std::string& header_lines = {}) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + header_lines + "\r\n" + chunks;
}

std::string gzipped(const std::string& packed) {
    return answer(packed, "Content-Encoding: gzip\r\n");
}

/// One client for all answers of a test.
class TransportAnswer : public ::testing::Test {
  protected:
    /// What the transport makes of these bytes, sent after the request, the connection then closed.
    HttpResponse response_to(const std::string& bytes, const HttpRequest& wish = {}) {
        ScriptedServer server([bytes](Peer& peer) -> asio::awaitable<void> {
            co_await peer.request();
            co_await peer.send(bytes);
            peer.close();
        });
        HttpRequest request = wish;
        request.url = server.url();
        return client_.send(request);
    }

    /// The same for bytes that are expected to be refused after the request was sent.
    Kind refusal_of(const std::string& bytes, const HttpRequest& wish = {}) {
        try {
            response_to(bytes, wish);
        } catch (const TransportError& error) {
            EXPECT_TRUE(error.sent());
            EXPECT_EQ(error.recovery(), Recovery::retry_later);
            EXPECT_THAT(error.what(), HasSubstr("http://127.0.0.1:"));
            return error.kind();
        }
        throw std::logic_error("an answer where a refusal was expected");
    }

    Client client_;
};

} // namespace

TEST_F(TransportAnswer, SendsTheRequestAsItIsAndReadsTheAnswer) {
    std::string seen;
    Event seen_it;
    ScriptedServer server([&](Peer& peer) -> asio::awaitable<void> {
        seen = co_await peer.request();
        seen_it.set();
        co_await peer.send(
            "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nSet-Cookie: a\r\nset-cookie: b\r\n\r\nok"
        );
    });

    const auto response = client_.send({
        .method = "POST",
        .url = server.url("/v1/x?a=%2f%2F&b=|{\""),
        .headers = {{"MS-RequestId", "7"}},
        .body = "grant_type=x",
    });

    ASSERT_TRUE(seen_it.happened());
    const std::string host = "127.0.0.1:" + std::to_string(server.port());
    EXPECT_EQ(
        seen,
        "POST /v1/x?a=%2f%2F&b=|{\" HTTP/1.1\r\nHost: " + host +
            "\r\nMS-RequestId: 7\r\nAccept-Encoding: gzip\r\nContent-Length: 12\r\n\r\ngrant_type=x"
    );
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.body, "ok");
    const Headers headers = {{"Content-Length", "2"}, {"Set-Cookie", "a"}, {"set-cookie", "b"}};
    EXPECT_EQ(response.headers, headers);
}

TEST_F(TransportAnswer, ReadsChunksAndDropsTrailers) {
    const auto response = response_to(chunked("3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: 1\r\n\r\n"));
    EXPECT_EQ(response.body, "abcde");
    EXPECT_EQ(header(response.headers, "X-Late"), "");
}

TEST_F(TransportAnswer, ReadsABodyThatEndsWithTheConnection) {
    EXPECT_EQ(response_to("HTTP/1.0 200 OK\r\n\r\nall of it").body, "all of it");
    EXPECT_EQ(response_to("HTTP/1.1 200 OK\r\n\r\n").body, "");
}

TEST_F(TransportAnswer, ReadsALongBodyWhole) {
    const std::string body(3'000'000, 'x');
    EXPECT_EQ(response_to(answer(body)).body, body);
}

TEST_F(TransportAnswer, SkipsInterimAnswers) {
    const auto response = response_to(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" +
        answer("end")
    );
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "end");
    EXPECT_EQ(header(response.headers, "Link"), "");
}

TEST_F(TransportAnswer, KnowsWhichAnswersHaveNoBody) {
    ScriptedServer server([](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send("HTTP/1.1 204 No Content\r\n\r\n");
        co_await peer.request();
        co_await peer.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n");
        co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n");
        co_await peer.request();
        co_await peer.send(answer("body"));
    });
    EXPECT_EQ(client_.get(server.url()).status, 204);
    EXPECT_EQ(client_.get(server.url()).status, 304);
    EXPECT_EQ(client_.send({.method = "HEAD", .url = server.url()}).body, "");
    EXPECT_EQ(client_.get(server.url()).body, "body");
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(TransportAnswer, RedirectsAreAnswersLikeOthers) {
    const auto response =
        response_to("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(response.status, 302);
    EXPECT_EQ(header(response.headers, "location"), "/x");
}

TEST_F(TransportAnswer, InflatesGzipAsItComes) {
    std::string text;
    for (int i = 0; i < 5000; ++i) {
        text += std::to_string(i);
    }
    const std::string packed = web::gzipped(text);

    const auto whole = response_to(gzipped(packed));
    EXPECT_EQ(whole.body, text);
    EXPECT_EQ(header(whole.headers, "Content-Encoding"), "");
    EXPECT_EQ(header(whole.headers, "Content-Length"), "");

    std::string chunks;
    for (const char c : packed.substr(0, 50)) {
        chunks += "1\r\n" + std::string(1, c) + "\r\n";
    }
    std::ostringstream size;
    size << std::hex << packed.size() - 50;
    chunks += size.str() + "\r\n" + packed.substr(50) + "\r\n0\r\n\r\n";
    EXPECT_EQ(response_to(chunked(chunks, "Content-Encoding: x-gzip\r\n")).body, text);

    EXPECT_EQ(response_to("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed).body, text);
    EXPECT_EQ(response_to(gzipped("")).body, "");
}

TEST_F(TransportAnswer, RefusesBrokenGzipAndOtherEncodings) {
    const std::string packed = web::gzipped(std::string(1000, 'x'));
    EXPECT_EQ(refusal_of(gzipped("no gzip")), Kind::malformed);
    EXPECT_EQ(refusal_of(gzipped(packed.substr(0, packed.size() - 3))), Kind::malformed);
    EXPECT_EQ(refusal_of(gzipped(packed + "x")), Kind::malformed);
    EXPECT_EQ(refusal_of(answer("x", "Content-Encoding: br\r\n")), Kind::malformed);
    EXPECT_EQ(
        refusal_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Kind::malformed
    );
}

TEST_F(TransportAnswer, LimitsTheBodyBeforeAndAfterInflation) {
    const HttpRequest limited{.body_limit = 1000};
    EXPECT_EQ(response_to(answer(std::string(1000, 'x')), limited).body.size(), 1000);
    EXPECT_EQ(refusal_of(answer(std::string(1001, 'x')), limited), Kind::too_large);
    EXPECT_EQ(
        refusal_of(chunked("3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n"), limited),
        Kind::too_large
    );
    EXPECT_EQ(
        refusal_of("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'), limited), Kind::too_large
    );
    const std::string bomb = web::gzipped(std::string(500'000, 'x'));
    ASSERT_LT(bomb.size(), 1000);
    EXPECT_EQ(refusal_of(gzipped(bomb), limited), Kind::too_large);
}

TEST_F(TransportAnswer, RefusesWhatIsNotHttp) {
    EXPECT_EQ(refusal_of("220 mail.example ESMTP ready\r\n"), Kind::malformed);
    EXPECT_EQ(refusal_of("<html>\r\n\r\n"), Kind::malformed);
    EXPECT_EQ(refusal_of("HTTP/2 200\r\n\r\n"), Kind::malformed);
    EXPECT_EQ(refusal_of("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), Kind::malformed);
    EXPECT_EQ(refusal_of(chunked("zz\r\nabc\r\n0\r\n\r\n")), Kind::malformed);
    EXPECT_EQ(
        refusal_of("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        Kind::malformed
    );
    EXPECT_EQ(refusal_of("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), Kind::malformed);
}

TEST_F(TransportAnswer, RefusesAHugeHeader) {
    EXPECT_EQ(
        refusal_of("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"),
        Kind::too_large
    );
    EXPECT_EQ(refusal_of("HTTP/1.1 200 " + std::string(70'000, 'x')), Kind::too_large);
    EXPECT_EQ(refusal_of(chunked("3;" + std::string(70'000, 'x'))), Kind::too_large);
}

TEST_F(TransportAnswer, RefusesAHeaderWithoutEndThatComesLineByLine) {
    ScriptedServer server([](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 200; ++i) {
            co_await peer.send("X: " + std::string(1000, 'x') + "\r\n");
        }
    });
    EXPECT_EQ(client_.failure(server.url()).kind(), Kind::too_large);
}

TEST_F(TransportAnswer, RefusesACutAnswer) {
    EXPECT_EQ(refusal_of(""), Kind::reset);
    EXPECT_EQ(refusal_of("HTTP/1.1 2"), Kind::reset);
    EXPECT_EQ(refusal_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n"), Kind::reset);
    EXPECT_EQ(refusal_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"), Kind::reset);
    EXPECT_EQ(refusal_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789"), Kind::reset);
    EXPECT_EQ(refusal_of(chunked("5\r\nab")), Kind::reset);
    EXPECT_EQ(refusal_of(chunked("2\r\nab\r\n")), Kind::reset);
    EXPECT_EQ(refusal_of(chunked("2\r\nab\r\n0\r\n")), Kind::reset);
}

TEST_F(TransportAnswer, ReportsAReset) {
    ScriptedServer server([](Peer& peer) -> asio::awaitable<void> {
        co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123");
        peer.reset();
    });
    const auto error = client_.failure(server.url());
    EXPECT_EQ(error.kind(), Kind::reset);
    EXPECT_TRUE(error.sent());
}

TEST_F(TransportAnswer, UnusableRequestsNeverLeave) {
    ScriptedServer server(always(answer("")));
    EXPECT_THROW(client_.get(server.url("/a b")), Error);
    EXPECT_THROW(client_.get("ftp://127.0.0.1/"), Error);
    EXPECT_THROW(client_.send({.url = server.url(), .headers = {{"A", "b\r\nC: d"}}}), Error);
    EXPECT_EQ(server.connections(), 0);
}

} // namespace pcmirror
