#include "sync/http/request.hpp"

#include <gtest/gtest.h>

namespace pcmirror::http {

namespace {

std::string written(const HttpRequest& request, const Proxy* proxy = nullptr) {
    return write_request(request, parse_url(request.url), proxy);
}

} // namespace

TEST(Request, AsksForGzipAndKeepsTheCallersHeadersInOrder) {
    const HttpRequest request{
        .url = "https://host:8443/a?b=%2F", .headers = {{"B", "1"}, {"A", "2"}, {"B", "3"}}};
    EXPECT_EQ(
        written(request),
        "GET /a?b=%2F HTTP/1.1\r\nHost: host:8443\r\nB: 1\r\nA: 2\r\nB: 3\r\n"
        "Accept-Encoding: gzip\r\n\r\n"
    );
}

TEST(Request, CallersHeadersWin) {
    const HttpRequest request{
        .url = "https://host/", .headers = {{"accept-encoding", "identity"}, {"HOST", "other"}}};
    EXPECT_EQ(
        written(request), "GET / HTTP/1.1\r\naccept-encoding: identity\r\nHOST: other\r\n\r\n"
    );
}

TEST(Request, TellsTheLengthOfABodyEvenOfAnEmptyOne) {
    const HttpRequest full{.method = "POST", .url = "https://host/", .body = "a=b"};
    EXPECT_TRUE(written(full).ends_with("Content-Length: 3\r\n\r\na=b"));
    const HttpRequest empty{.method = "POST", .url = "https://host/"};
    EXPECT_TRUE(written(empty).ends_with("Content-Length: 0\r\n\r\n"));
}

TEST(Request, NamesTheWholeUrlToAProxy) {
    const Proxy proxy{.host = "proxy", .port = 1, .authorization = "Basic eA=="};
    const std::string text = written({.url = "http://host:81/a?b"}, &proxy);
    EXPECT_TRUE(text.starts_with("GET http://host:81/a?b HTTP/1.1\r\nHost: host:81\r\n")) << text;
    EXPECT_NE(text.find("\r\nProxy-Authorization: Basic eA==\r\n"), std::string::npos) << text;
}

TEST(Request, NothingBreaksOutOfItsLine) {
    const HttpRequest bad[] = {
        {.url = "http://host/", .headers = {{"Token", "a\r\nX-Admin: yes"}}},
        {.url = "http://host/", .headers = {{"Token", "a\nb"}}},
        {.url = "http://host/", .headers = {{"Token", std::string("a\0b", 3)}}},
        {.url = "http://host/", .headers = {{"To ken", "a"}}},
        {.url = "http://host/", .headers = {{"Token:", "a"}}},
        {.url = "http://host/", .headers = {{"", "a"}}},
        {.method = "GET /x HTTP/1.1\r\nX:", .url = "http://host/"},
    };
    for (const HttpRequest& request : bad) {
        EXPECT_THROW(written(request), Error);
    }
}

TEST(Header, IsFoundWithoutCase) {
    const Headers headers = {{"Retry-After", "3"}, {"retry-after", "4"}};
    EXPECT_EQ(header(headers, "RETRY-AFTER"), "3");
    EXPECT_EQ(header(headers, "Retry"), "");
}

TEST(TransportError, OnlyAnUntrustedCertificateNeedsAPerson) {
    using Kind = TransportError::Kind;
    EXPECT_EQ(TransportError(Kind::tls, false, "expired", "renew").recovery(), Recovery::fix_api);
    EXPECT_EQ(TransportError(Kind::tls, false, "cut off").recovery(), Recovery::retry_later);
    EXPECT_EQ(
        TransportError(Kind::connect, false, "407", "password").recovery(), Recovery::retry_later
    );
}

} // namespace pcmirror::http
