#include "schema/error.hpp"
#include "sync/records/page.hpp"

#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace pcmirror {
namespace {

constexpr std::string_view base = "https://api.partnercenter.microsoft.com";

using Headers = std::vector<std::pair<std::string, std::string>>;

// The URL behind the host, or "refused".
std::string resolved(std::string_view uri, std::string_view from = base) {
    try {
        const std::string url = resolve_link(from, uri);
        EXPECT_EQ(url.substr(0, from.size()), from);
        return url.substr(from.size());
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::skip_scope);
        return "refused";
    }
}

TEST(NextLink, IsUsedByteForByteBehindOneVersion) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"/customers?size=500&seekOperation=Next", "/v1/customers?size=500&seekOperation=Next"},
        {"/v1/customers?size=500", "/v1/customers?size=500"},
        {"/V1/customers", "/V1/customers"},
        {"/v1//v1/customers?a=b", "/v1/customers?a=b"},
        {"/v1/v1/customers", "/v1/customers"},
        {"/v1//v1//v1/customers", "/v1/customers"},
        {"/v1//customers", "/v1//customers"},
        {"/v12/customers", "/v1/v12/customers"},
        {"/v1?a=b", "/v1?a=b"},
        {"/v1", "/v1"},
        {"customers?a", "/v1/customers?a"},
        {"v1/customers", "/v1/customers"},
        {"/customers?filter=%7B%22a%22%3A%22b@c.d%22%7D",
         "/v1/customers?filter=%7B%22a%22%3A%22b@c.d%22%7D"},
        {"/customers?a=1?b=2&c=https://x//y", "/v1/customers?a=1?b=2&c=https://x//y"},
        {"/customers/\xC3\xBC", "/v1/customers/\xC3\xBC"},
        {"/a/../b", "/v1/a/../b"},
        {"user@elsewhere.example/x", "/v1/user@elsewhere.example/x"},
    };
    for (const auto& [uri, expected] : cases)
        EXPECT_EQ(resolved(uri), expected) << uri;
}

TEST(NextLink, MayBeAbsoluteWhereItStaysWithTheApi) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"https://api.partnercenter.microsoft.com/v1/customers?a=b", "/v1/customers?a=b"},
        {"https://api.partnercenter.microsoft.com:443/customers", "/v1/customers"},
        {"https://api.partnercenter.microsoft.com:/customers", "/v1/customers"},
        {"HTTPS://API.PartnerCenter.Microsoft.com/v1//v1/customers", "/v1/customers"},
        {"https://api.partnercenter.microsoft.com/customers?u=a@b", "/v1/customers?u=a@b"},
    };
    for (const auto& [uri, expected] : cases)
        EXPECT_EQ(resolved(uri), expected) << uri;
    EXPECT_EQ(
        resolved("http://127.0.0.1:8080/customers", "http://127.0.0.1:8080"), "/v1/customers"
    );
    EXPECT_EQ(resolved("http://[::1]:80/customers", "http://[::1]"), "/v1/customers");
    EXPECT_EQ(resolved("https://proxy/pc/v1/customers", "https://proxy/pc"), "/v1/customers");
    EXPECT_EQ(resolved("/customers", "https://proxy/pc"), "/v1/customers");
}

TEST(NextLink, NeverLeavesTheApi) {
    for (const char* uri :
         {"http://api.partnercenter.microsoft.com/v1/customers",
          "https://api.partnercenter.microsoft.com:8443/v1/customers",
          "https://api.partnercenter.microsoft.com.evil.example/v1/customers",
          "https://evil.example/v1/customers",
          "https://evil.example?https://api.partnercenter.microsoft.com/",
          "https://api.partnercenter.microsoft.com@evil.example/v1",
          "https://user@api.partnercenter.microsoft.com/v1",
          "https://user:pw@api.partnercenter.microsoft.com/v1",
          "https://api.partnercenter.microsoft.com:443:80/v1",
          "https://api.partnercenter.microsoft.com:x/v1",
          "https://api.partnercenter.microsoft.com:99999999999/v1",
          "https://api.partnercenter.microsoft.com.:443/v1",
          "https:///v1/customers",
          "https:/v1/customers",
          "https:evil.example",
          "ftp://api.partnercenter.microsoft.com/v1",
          "javascript:alert(1)",
          "//evil.example/v1/customers",
          "///evil.example",
          "/\\evil.example",
          "\\\\evil.example\\x",
          "https:\\\\evil.example",
          "/v1/customers\\..",
          "/customers#fragment",
          "#",
          "/customers\tx",
          "/customers x",
          " /customers",
          "/customers\r\nHost: evil.example",
          "/customers\x7F",
          "https://api.partnercenter.microsoft.com",
          "https://api.partnercenter.microsoft.com?x",
          "?size=500",
          ""})
        EXPECT_EQ(resolved(uri), "refused") << uri;
    EXPECT_EQ(resolved(std::string_view("/a\0b", 4)), "refused");
}

TEST(NextLink, ThatIsRefusedIsShownWithoutItsControlCharacters) {
    try {
        resolve_link(base, "//evil\x1B[31m");
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(
            error.what(),
            R"(the link to the next page contains what no link may contain: "//evil?[31m")"
        );
        EXPECT_EQ(error.hint(), "links are followed only to " + std::string(base));
    }
}

TEST(ContinuationHeaders, AreThoseOfTheLink) {
    Page page;
    page.next = NextLink{"/a", {{"X-Other", "1"}, {"ms-continuationtoken", "from the link"}}};
    page.continuation_token = "from the body";
    EXPECT_EQ(continuation_headers(page), page.next->headers);
}

TEST(ContinuationHeaders, TakeTheTokenOfTheBodyWhereTheLinkHasNone) {
    Page page;
    page.continuation_token = "from the body";
    EXPECT_EQ(continuation_headers(page), Headers());

    page.next = NextLink{"/a", {{"X-Other", "1"}}};
    EXPECT_EQ(
        continuation_headers(page),
        (Headers{{"X-Other", "1"}, {"MS-ContinuationToken", "from the body"}})
    );
    page.continuation_token.clear();
    EXPECT_EQ(continuation_headers(page), (Headers{{"X-Other", "1"}}));
}

TEST(ContinuationHeaders, NeverReplaceTheSignInOrTheFraming) {
    Page page;
    page.next = NextLink{
        "/a",
        {{"AUTHORIZATION", "x"},
         {"Host", "x"},
         {"Content-Length", "5"},
         {"Transfer-Encoding", "x"},
         {"Connection", "x"},
         {"Expect", "x"},
         {"Keep", "x"}}};
    EXPECT_EQ(continuation_headers(page), (Headers{{"Keep", "x"}}));
}

} // namespace
} // namespace pcmirror
