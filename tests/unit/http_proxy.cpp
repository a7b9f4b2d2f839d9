#include "schema/error.hpp"
#include "sync/http/proxy.hpp"

#include <gtest/gtest.h>
#include <map>

namespace pcmirror::http {

namespace {

ProxyRules
rules_of(const std::map<std::string, std::string>& variables, const std::string& option = {}) {
    return {option, [variables](const char* name) {
                const auto found = variables.find(name);
                return found == variables.end() ? std::string() : found->second;
            }};
}

std::string proxy_of(const ProxyRules& rules, std::string_view url) {
    const Proxy* proxy = rules.of(parse_url(url));
    return proxy == nullptr ? "direct" : host_and_port(proxy->host, proxy->port);
}

bool bypasses(std::string_view no_proxy, std::string_view url) {
    return bypasses_proxy(no_proxy, parse_url(url));
}

} // namespace

TEST(Proxy, ReadsTheUsualForms) {
    EXPECT_EQ(parse_proxy("http://Proxy.example:3128", "proxy").host, "proxy.example");
    EXPECT_EQ(parse_proxy("http://proxy.example:3128/", "proxy").port, 3128);
    EXPECT_EQ(parse_proxy("proxy.example", "proxy").port, 80);
    EXPECT_EQ(parse_proxy("[::1]:3128", "proxy").host, "::1");
    EXPECT_EQ(parse_proxy("http://proxy", "proxy").authorization, "");
}

TEST(Proxy, TurnsUserInformationIntoBasicAuthorization) {
    // RFC 7617, section 2; percent signs as a URL needs them.
    const auto proxy = parse_proxy("http://Aladdin:open%20sesame@proxy:1", "proxy");
    EXPECT_EQ(proxy.authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(parse_proxy("http://a:p@ss@proxy:1", "proxy").host, "proxy");
    EXPECT_EQ(parse_proxy("http://a@proxy:1", "proxy").authorization, "Basic YTo=");
}

TEST(Proxy, RefusalsNameTheSourceAndNoSecret) {
    for (const char* text : {
             "socks5://user:secret@proxy:1",
             "https://user:secret@proxy:1",
             "http://user:secret@",
             "http://user:secret@proxy:0",
             "http://user:secret@proxy/path",
             "http://user:secret@pro xy",
         }) {
        try {
            parse_proxy(text, "HTTPS_PROXY");
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.recovery(), Recovery::fix_config);
            const std::string message = error.what() + error.hint();
            EXPECT_NE(message.find("HTTPS_PROXY"), std::string::npos) << message;
            EXPECT_EQ(message.find("secret"), std::string::npos) << message;
        }
    }
}

TEST(NoProxy, ListsNamesWithTheirSubdomains) {
    for (const char* entry :
         {"example.com", ".example.com", "*.example.com", "a,Example.COM", "a b example.com"}) {
        EXPECT_TRUE(bypasses(entry, "https://example.com/")) << entry;
        EXPECT_TRUE(bypasses(entry, "https://api.example.com/")) << entry;
        EXPECT_FALSE(bypasses(entry, "https://badexample.com/")) << entry;
        EXPECT_FALSE(bypasses(entry, "https://example.com.evil/")) << entry;
    }
}

TEST(NoProxy, ListsAddressesPortsAndEverything) {
    EXPECT_TRUE(bypasses("127.0.0.1", "http://127.0.0.1:8080/"));
    EXPECT_FALSE(bypasses("0.0.1", "http://127.0.0.1/"));
    EXPECT_TRUE(bypasses("::1", "http://[::1]:8080/"));
    EXPECT_TRUE(bypasses("[::1]", "http://[::1]:8080/"));
    EXPECT_TRUE(bypasses("[::1]:8080", "http://[::1]:8080/"));
    EXPECT_FALSE(bypasses("[::1]:8081", "http://[::1]:8080/"));
    EXPECT_TRUE(bypasses("host:8080", "http://host:8080/"));
    EXPECT_FALSE(bypasses("host:8080", "http://host/"));
    EXPECT_TRUE(bypasses("*", "https://anything/"));
}

TEST(NoProxy, ListsNothingByItself) {
    EXPECT_FALSE(bypasses("", "http://127.0.0.1/"));
    EXPECT_FALSE(bypasses("", "http://localhost/"));
    EXPECT_FALSE(bypasses(" , ,, .", "http://localhost/"));
}

TEST(ProxyRules, OptionServesEverythingAndSilencesTheEnvironment) {
    const auto rules =
        rules_of({{"https_proxy", "http://other:1"}, {"no_proxy", "*"}}, "http://mine:8080");
    EXPECT_EQ(proxy_of(rules, "https://host/"), "mine:8080");
    EXPECT_EQ(proxy_of(rules, "http://localhost/"), "mine:8080");
}

TEST(ProxyRules, EnvironmentDecidesByScheme) {
    const auto rules = rules_of({
        {"https_proxy", "http://small:1"},
        {"HTTPS_PROXY", "http://capital:2"},
        {"http_proxy", "plain:3"},
        {"no_proxy", "direct.example"},
        {"NO_PROXY", "*"},
    });
    EXPECT_EQ(proxy_of(rules, "https://host/"), "small:1");
    EXPECT_EQ(proxy_of(rules, "http://host/"), "plain:3");
    EXPECT_EQ(proxy_of(rules, "https://direct.example/"), "direct");
    EXPECT_EQ(proxy_of(rules_of({{"HTTPS_PROXY", "http://p:2"}}), "https://host/"), "p:2");
    EXPECT_EQ(
        proxy_of(rules_of({{"HTTPS_PROXY", "http://p:2"}, {"NO_PROXY", "host"}}), "https://host/"),
        "direct"
    );
    EXPECT_EQ(proxy_of(rules_of({{"HTTP_PROXY", "http://p:2"}}), "http://host/"), "direct");
    EXPECT_EQ(proxy_of(rules_of({}), "https://host/"), "direct");
}

} // namespace pcmirror::http
