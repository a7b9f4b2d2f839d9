#include "sync/http/gunzip.hpp"
#include "tests/unit/web_client.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

/// Answers with what it was asked.
asio::awaitable<WebAnswer> echo(WebRequest request) {
    WebAnswer answer;
    answer.body = request.method + ' ' + request.path;
    for (const auto& [name, value] : request.query)
        answer.body += '|' + name + '=' + value;
    answer.body += '|' + request.body;
    co_return answer;
}

std::string body_of(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

TEST(LocalServer, HandsOverWhatWasAskedDecoded) {
    const Serving serving(echo);
    const std::string answer = ask(serving, get("/a%20b/%C3%A9?x=1+2&y=%3Cz%3E%0A&empty"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(body_of(answer), "GET /a b/\xC3\xA9|x=1 2|y=<z>\n|empty=|");
}

TEST(LocalServer, TellsBrowsersToKeepNothingAndToTrustNothing) {
    const Serving serving(echo);
    const std::string answer = ask(serving, get("/"));
    for (const char* line :
         {"Cache-Control: no-store\r\n",
          "X-Content-Type-Options: nosniff\r\n",
          "X-Frame-Options: DENY\r\n",
          "Referrer-Policy: no-referrer\r\n",
          "Content-Security-Policy: default-src 'none'\r\n",
          " GMT\r\n"})
        EXPECT_THAT(answer, HasSubstr(line));
    EXPECT_THAT(answer, Not(HasSubstr("Server:")));
    EXPECT_THAT(ask(serving, get("/%zz")), HasSubstr("Cache-Control: no-store\r\n"));
}

TEST(LocalServer, AnswersRequestsOfOneConnectionInTheirOrder) {
    const Serving serving(echo);
    RawClient client(serving.port());
    client.send(get("/1"));
    EXPECT_THAT(client.read_answer(), EndsWith("GET /1|"));
    client.send(get("/2") + get("/3") + get("/4", "Connection: close\r\n"));
    EXPECT_THAT(client.read_answer(), EndsWith("GET /2|"));
    EXPECT_THAT(client.read_answer(), EndsWith("GET /3|"));
    EXPECT_THAT(client.read_all(), AllOf(HasSubstr("Connection: close"), EndsWith("GET /4|")));
}

TEST(LocalServer, GivesAHeadTheLengthWithoutTheBody) {
    const Serving serving(echo);
    RawClient client(serving.port());
    client.send("HEAD /page HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/next"));
    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Content-Length: 11\r\n"));
    EXPECT_THAT(client.read_answer(), EndsWith("GET /next|"));
}

TEST(LocalServer, AnswersAClientThatHasEndedItsSide) {
    const Serving serving(echo);
    EXPECT_THAT(ask(serving, get("/last")), EndsWith("GET /last|"));
    EXPECT_THAT(ask(serving, ""), IsEmpty());
    EXPECT_THAT(ask(serving, "GET /half HT"), IsEmpty());
}

TEST(LocalServer, TakesOtherMethodsOnlyWhereItWasAllowedTo) {
    const std::string post =
        "POST /done HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na=b";
    const Serving reading(echo);
    const std::string refused = ask(reading, post);
    EXPECT_THAT(refused, StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(refused, HasSubstr("Allow: GET, HEAD\r\n"));
    const Serving writing(echo, {.more_methods = {"POST"}});
    EXPECT_THAT(ask(writing, post), EndsWith("POST /done|a=b"));
    EXPECT_THAT(
        ask(writing, "OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        HasSubstr("Allow: GET, HEAD, POST\r\n")
    );
}

TEST(LocalServer, JoinsTheChunksOfABody) {
    const Serving serving(echo, {.more_methods = {"POST"}});
    const std::string head =
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_THAT(ask(serving, head + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"), EndsWith("POST /|abc"));
    EXPECT_THAT(ask(serving, head + "zz\r\nab\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST(LocalServer, RefusesWhatIsTooLarge) {
    const Serving serving(echo, {.more_methods = {"POST"}});
    EXPECT_THAT(ask(serving, get("/" + std::string(9000, 'a'))), StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(ask(serving, get("/" + std::string(7000, 'a'))), StartsWith("HTTP/1.1 200 "));
    const std::string post = "POST / HTTP/1.1\r\nHost: localhost\r\n";
    // Sent whole although it is refused at the head: the answer is not lost to a reset.
    const std::string large(70'000, 'x');
    EXPECT_THAT(
        ask(serving, post + "Content-Length: 70000\r\n\r\n" + large), StartsWith("HTTP/1.1 413 ")
    );
    EXPECT_THAT(
        ask(serving,
            post + "Transfer-Encoding: chunked\r\n\r\n" + "11170\r\n" + large + "\r\n0\r\n\r\n"),
        StartsWith("HTTP/1.1 413 ")
    );
}

TEST(LocalServer, TellsAClientThatAsksToGoOnWithItsBody) {
    const Serving serving(echo, {.more_methods = {"POST"}});
    RawClient client(serving.port());
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                "Content-Length: 2\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ok");
    EXPECT_THAT(client.read_answer(), EndsWith("POST /|ok"));
}

TEST(LocalServer, RefusesWhatIsNoRequest) {
    const Serving serving(echo);
    const std::string nul =
        "GET /a" + std::string(1, '\0') + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (const std::string& bytes :
         {std::string("\x16\x03\x01\x02\x01\r\n\r\n"),
          std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
          std::string("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n"),
          std::string("GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
          get("/%00"),
          get("/a%0d%0ab"),
          get("/%e"),
          get("/?a=%00"),
          get("no-slash"),
          nul})
        EXPECT_THAT(ask(serving, bytes), StartsWith("HTTP/1.1 400 ")) << bytes;
}

TEST(LocalServer, AnswersOnlyToItsOwnNames) {
    const Serving serving(echo, {.more_names = {"login.example:8443"}});
    const auto status = [&](const std::string& head) { return ask(serving, head + "\r\n"); };
    for (const char* host :
         {"localhost",
          "LocalHost:1234",
          "127.0.0.1:80",
          "[::1]:80",
          "192.0.2.7",
          "Login.Example",
          "login.example.:8443"})
        EXPECT_THAT(
            status(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n"),
            StartsWith("HTTP/1.1 200 ")
        ) << host;
    for (const char* host :
         {"evil.example",
          "localhost.evil.example",
          "127.0.0.1.evil.example",
          "[evil]",
          "",
          "[::1"}) {
        const std::string answer = status(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n");
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 421 ")) << host;
        EXPECT_THAT(answer, HasSubstr("an IP address, localhost")) << host;
        EXPECT_THAT(answer, HasSubstr("login.example in the Host header")) << host;
    }
    EXPECT_THAT(status("GET / HTTP/1.1\r\n"), StartsWith("HTTP/1.1 421 "));
    EXPECT_THAT(status("GET / HTTP/1.0\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST(LocalServer, JudgesAnAbsoluteTargetByBothNames) {
    const Serving serving(echo);
    const auto absolute = [&](const std::string& target, const std::string& host) {
        return ask(serving, "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    };
    EXPECT_THAT(absolute("http://localhost:1/a?b=c", "localhost"), EndsWith("GET /a|b=c|"));
    EXPECT_THAT(absolute("http://localhost", "localhost"), EndsWith("GET /|"));
    EXPECT_THAT(absolute("http://evil.example/a", "localhost"), StartsWith("HTTP/1.1 421 "));
    EXPECT_THAT(absolute("http://localhost/a", "evil.example"), StartsWith("HTTP/1.1 421 "));
}

asio::awaitable<WebAnswer> fail_at_times(WebRequest request) {
    if (request.path == "/throws")
        throw std::runtime_error("the plan is gone");
    WebAnswer answer;
    if (request.path == "/splits")
        answer.headers = {{"Location", "/a\r\nSet-Cookie: b"}};
    co_return answer;
}

TEST(LocalServer, OutlivesAHandlerThatFails) {
    const Serving serving(fail_at_times);
    RawClient client(serving.port());
    client.send(get("/throws"));
    const std::string answer = client.read_answer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    // What went wrong is for the log: it may name what is nobody's business.
    EXPECT_THAT(answer, Not(HasSubstr("plan")));
    client.send(get("/splits"));
    EXPECT_THAT(client.read_answer(), AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("Set-"))));
    client.send(get("/fine"));
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
}

asio::awaitable<WebAnswer> long_page(WebRequest) {
    WebAnswer answer;
    answer.content_type = "text/html; charset=utf-8";
    answer.body = std::string(20'000, 'a');
    answer.content_security_policy = "default-src 'none'; style-src 'unsafe-inline'";
    co_return answer;
}

TEST(LocalServer, CompressesWhatIsLongForThoseWhoTakeIt) {
    const Serving serving(long_page);
    const std::string packed = ask(serving, get("/", "Accept-Encoding: br, gzip;q=0.5\r\n"));
    EXPECT_THAT(packed, HasSubstr("Content-Encoding: gzip\r\n"));
    EXPECT_THAT(packed, HasSubstr("style-src 'unsafe-inline'\r\n"));
    std::string text;
    http::Gunzip gunzip(1 << 20);
    EXPECT_EQ(gunzip.feed(body_of(packed), text), http::Gunzip::Outcome::ok);
    EXPECT_EQ(text, std::string(20'000, 'a'));
    for (const char* header : {"", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip;q=0, *\r\n"})
        EXPECT_THAT(ask(serving, get("/", header)), HasSubstr("Content-Length: 20000\r\n"))
            << header;
    const Serving brief(echo);
    EXPECT_THAT(
        ask(brief, get("/", "Accept-Encoding: gzip\r\n")), Not(HasSubstr("Content-Encoding"))
    );
}

} // namespace
} // namespace pcmirror::testing
