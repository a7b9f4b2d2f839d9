#include "daemon/web/gzip.hpp"
#include "sync/http/answer_parser.hpp"

#include <gtest/gtest.h>

namespace pcmirror::http {

using Kind = TransportError::Kind;

namespace {

constexpr AnswerLimits roomy{.body = 1 << 20};

/// Feeds the bytes in pieces of that size as a connection does, then closes it.
AnswerParser parsed(const std::string& bytes, std::size_t step, AnswerLimits limits = roomy) {
    AnswerParser parser("reading", limits);
    std::string unread;
    for (std::size_t at = 0; at < bytes.size() && !parser.done(); at += step) {
        unread += bytes.substr(at, step);
        unread.erase(0, parser.put(unread));
    }
    if (!parser.done()) {
        parser.end();
    }
    return parser;
}

Kind refusal_of(const std::string& bytes, std::size_t step, AnswerLimits limits = roomy) {
    try {
        parsed(bytes, step, limits);
    } catch (const TransportError& error) {
        EXPECT_TRUE(error.sent());
        return error.kind();
    }
    throw std::logic_error("not refused: " + bytes);
}

const std::string chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"
    "A;x=\"y\"\r\n0123456789\r\n1\r\nx\r\n0\r\nX-Trailer: 1\r\nContent-Encoding: br\r\n\r\n";

} // namespace

TEST(AnswerParser, UnderstandsAnAnswerHoweverItIsCut) {
    const std::string text(500, 'g');
    const std::string packed = web::gzipped(text);
    const std::string zipped = "HTTP/1.1 203 Fine\r\nContent-Encoding: GZip\r\nContent-Length: " +
                               std::to_string(packed.size()) + "\r\n\r\n" + packed;
    const std::string until_closed = "HTTP/1.0 404 \r\nX-A:\t b c \r\n\r\nbody";
    for (std::size_t step = 1; step < 120; ++step) {
        auto first = parsed(chunked, step);
        EXPECT_EQ(first.response().body, "0123456789x");
        EXPECT_EQ(first.response().headers.size(), 2);
        EXPECT_TRUE(first.keep_alive());

        auto second = parsed(zipped, step);
        EXPECT_EQ(second.response().status, 203);
        EXPECT_EQ(second.response().body, text);
        EXPECT_TRUE(second.response().headers.empty());

        auto third = parsed(until_closed, step);
        EXPECT_EQ(third.response().status, 404);
        EXPECT_EQ(third.response().body, "body");
        EXPECT_EQ(header(third.response().headers, "x-a"), "b c");
        EXPECT_FALSE(third.keep_alive());
    }
}

TEST(AnswerParser, RefusesAnAnswerCutAnywhere) {
    const std::string sized = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    for (const std::string& bytes : {chunked, sized}) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_EQ(refusal_of(bytes.substr(0, size), 7), Kind::reset) << bytes.substr(0, size);
        }
    }
}

TEST(AnswerParser, LeavesTheBytesOfTheNextAnswerAlone) {
    const std::string first = "HTTP/1.1 204 No Content\r\n\r\n";
    AnswerParser parser("reading", roomy);
    EXPECT_EQ(parser.put(first + "HTTP/1.1 200 OK\r\n"), first.size());
    EXPECT_TRUE(parser.done());
    EXPECT_TRUE(parser.keep_alive());
}

TEST(AnswerParser, HoldsItsLimitsHoweverTheBytesCome) {
    const AnswerLimits small{.body = 10};
    std::string long_header = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 700; ++i) {
        long_header += "X: " + std::string(97, 'x') + "\r\n";
    }
    for (const std::size_t step : {std::size_t{1}, std::size_t{102}, std::size_t{1 << 20}}) {
        EXPECT_EQ(refusal_of(chunked, step, small), Kind::too_large);
        EXPECT_EQ(refusal_of("HTTP/1.0 200 OK\r\n\r\n01234567890", step, small), Kind::too_large);
        EXPECT_EQ(refusal_of(long_header, step), Kind::too_large);
    }
}

TEST(AnswerParser, ExpectsNoBodyWhereThereIsNone) {
    for (const char* head : {
             "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
             "HTTP/1.1 304 Not Modified\r\nContent-Encoding: br\r\n\r\n",
             "HTTP/1.1 100 Continue\r\n\r\n",
         }) {
        EXPECT_EQ(parsed(head, 1).response().body, "");
    }
    const AnswerLimits to_head{.body = 10, .without_body = true};
    const std::string large = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n";
    EXPECT_TRUE(parsed(large, 1, to_head).keep_alive());
}

} // namespace pcmirror::http
