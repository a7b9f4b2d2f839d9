#include "schema/error.hpp"
#include "schema/letters.hpp"
#include "sync/http/url.hpp"

#include <gtest/gtest.h>

namespace pcmirror::http {

TEST(Url, KeepsPathAndQueryByteForByte) {
    const Url url =
        parse_url("HTTPS://API.Example.com/v1/Customers?token=%2f%2F+a|\"{}\\é&b=http://x");
    EXPECT_TRUE(url.tls);
    EXPECT_EQ(url.host, "api.example.com");
    EXPECT_EQ(url.port, 443);
    EXPECT_EQ(url.target, "/v1/Customers?token=%2f%2F+a|\"{}\\é&b=http://x");
    EXPECT_EQ(url.authority(), "api.example.com");
    EXPECT_EQ(url.origin(), "https://api.example.com:443");
}

TEST(Url, FillsInWhatIsLeftOut) {
    EXPECT_EQ(parse_url("http://host").target, "/");
    EXPECT_EQ(parse_url("http://host").port, 80);
    EXPECT_EQ(parse_url("http://host?a=b").target, "/?a=b");
    EXPECT_EQ(parse_url("http://host/a#part").target, "/a");
    EXPECT_EQ(parse_url("http://host#part").target, "/");
}

TEST(Url, NamesThePortUnlessItIsTheSchemesOwn) {
    EXPECT_EQ(parse_url("http://host:80/").authority(), "host");
    EXPECT_EQ(parse_url("http://host:443/").authority(), "host:443");
    EXPECT_EQ(parse_url("https://[::1]:8443/").authority(), "[::1]:8443");
    EXPECT_EQ(parse_url("https://[::1]/").authority(), "[::1]");
    EXPECT_EQ(parse_url("https://[::1]/").host, "::1");
}

TEST(Url, RefusesWhatCouldMeanAnotherHostOrAnotherRequest) {
    for (const char* text : {
             "",
             "/v1/customers",
             "//host/",
             "ftp://host/",
             "https:/host/",
             "https://",
             "https:///path",
             "https://user@host/",
             "https://good.example\\@evil.example/",
             "https://good.example\\evil.example/",
             "https://ho%73t/",
             "https://höst/",
             "https://host:/",
             "https://host:0/",
             "https://host:65536/",
             "https://host:+80/",
             "https://host:80:80/",
             "https://::1/",
             "https://[::1/",
             "https://[::1]80/",
             "https://[host]/",
             "https://host/a b",
             "https://host/a\tb",
             "https://host/\r\nX: y",
             "https://host/\x7f",
             " https://host/",
         }) {
        EXPECT_THROW(parse_url(text), Error) << text;
    }
    EXPECT_THROW(parse_url(std::string_view("https://host/\0", 14)), Error);
}

TEST(Url, ErrorsRepeatNothingOfTheUrl) {
    try {
        parse_url("https://user:secret@host/");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
    }
}

TEST(EqualButForCase, ComparesLettersOnlySo) {
    EXPECT_TRUE(same_name("Content-Encoding", "content-encoding"));
    EXPECT_FALSE(same_name("Content-Encoding", "content-encodin"));
    EXPECT_FALSE(same_name("a@", "a`"));
}

} // namespace pcmirror::http
