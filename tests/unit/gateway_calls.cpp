#include "config/log.hpp"
#include "tests/unit/gateway_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::answers;
using fakes::Bench;
using fakes::fails;
using testing::HasSubstr;
using Kind = TransportError::Kind;

TEST(GatewayCall, CarriesTheHeadersOfTheWire) {
    Bench bench;
    Call call = bench.call();
    call.headers = {{"MS-ContinuationToken", "AAQ,/+="}};
    bench.get(call);

    EXPECT_EQ(bench.transport.sent[0].request.method, "GET");
    EXPECT_EQ(bench.transport.sent[0].request.url, "https://api.example/v1/customers?size=500");
    EXPECT_EQ(bench.sent_header(0, "Authorization"), "Bearer token-1");
    EXPECT_EQ(bench.sent_header(0, "Accept"), "application/json");
    EXPECT_EQ(bench.sent_header(0, "X-Locale"), "en-US");
    EXPECT_EQ(bench.sent_header(0, "MS-Contract-Version"), "v1");
    EXPECT_EQ(bench.sent_header(0, "MS-PartnerCenter-Application"), "pcmirror");
    EXPECT_EQ(bench.sent_header(0, "MS-ContinuationToken"), "AAQ,/+=");
    const std::regex guid("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    EXPECT_TRUE(std::regex_match(bench.sent_header(0, "MS-RequestId"), guid));
    EXPECT_TRUE(std::regex_match(bench.sent_header(0, "MS-CorrelationId"), guid));
}

TEST(GatewayCall, KeepsItsIdsOverAllAttemptsAndTakesNewOnesForTheNextCall) {
    Bench bench;
    bench.transport.play({answers(503, ""), answers(500, ""), answers(200)});
    const Answer answer = bench.get();
    bench.get();

    ASSERT_EQ(bench.transport.sent.size(), 4U);
    EXPECT_EQ(bench.sent_header(1, "MS-RequestId"), bench.sent_header(0, "MS-RequestId"));
    EXPECT_EQ(bench.sent_header(2, "MS-RequestId"), answer.request_id);
    EXPECT_EQ(bench.sent_header(2, "MS-CorrelationId"), answer.correlation_id);
    EXPECT_NE(bench.sent_header(3, "MS-RequestId"), answer.request_id);
    EXPECT_NE(bench.sent_header(3, "MS-CorrelationId"), answer.correlation_id);
    EXPECT_EQ(bench.gateway().counters().requests, 4U);
    EXPECT_EQ(bench.gateway().counters().retries, 2U);
}

TEST(GatewayCall, ReturnsRefusalsAndMissingThingsAsValues) {
    const std::pair<int, Verdict> cases[] = {
        {403, Verdict::refused},
        {404, Verdict::not_found},
        {400, Verdict::failed},
        {501, Verdict::failed}};
    for (const auto& [status, verdict] : cases) {
        Bench bench;
        bench.transport.play({answers(status, R"({"code":20002,"description":"no"})")});
        const Answer answer = bench.get();
        EXPECT_EQ(answer.verdict, verdict);
        EXPECT_EQ(
            answer.describe(),
            std::to_string(status) + " (code 20002): no [request id " + answer.request_id + "]"
        );
        EXPECT_EQ(bench.transport.sent.size(), 1U) << status;
    }
}

TEST(GatewayCall, NamesTheRemedyWhereAppOnlyIsNotSupported) {
    Bench bench;
    bench.transport.play({answers(403, R"({"code":900329,"description":"no application-only"})")});
    EXPECT_THAT(bench.get().describe(), HasSubstr("needs a user's sign-in"));
}

TEST(GatewayCall, RetriesWhatPasses) {
    const fakes::Scripted passing[] = {
        answers(408),
        answers(409),
        answers(500, ""),
        answers(502, "<html>"),
        answers(503),
        answers(504),
        answers(204, ""),
        answers(200, R"({"items":[)"),
        fails(Kind::connect),
        fails(Kind::tls),
        fails(Kind::timeout),
        fails(Kind::reset),
        fails(Kind::malformed)};
    for (const fakes::Scripted& trouble : passing) {
        Bench bench;
        bench.transport.play({trouble, trouble, answers(200, "[]")});
        EXPECT_EQ(bench.get().body, "[]") << trouble.response.status;
        EXPECT_EQ(bench.transport.sent.size(), 3U) << trouble.response.status;
    }
}

TEST(GatewayCall, WaitsAsLongAsAServiceUnavailableAsks) {
    Bench bench;
    bench.transport.play(
        {answers(503, "", {{"Retry-After", "Sun, 01 Nov 2026 12:01:40 GMT"}}), answers(200)}
    );
    bench.get();
    EXPECT_GE(bench.sent_at(1), 100'000);
}

TEST(GatewayCall, DoesNotWaitForHours) {
    Bench bench;
    bench.transport.play({answers(503, "", {{"Retry-After", "7200"}})});
    EXPECT_EQ(bench.failure().recovery(), Recovery::retry_later);
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

TEST(GatewayCall, GivesUpAfterMaxAttemptsAndSaysWhatTheLastOneMet) {
    Bench bench;
    bench.settings.max_attempts = 4;
    bench.transport.play(
        {fails(Kind::reset), answers(503, R"({"code":800003,"description":"busy"})")}
    );

    const Error error = bench.failure();

    EXPECT_EQ(bench.transport.sent.size(), 4U);
    EXPECT_EQ(error.recovery(), Recovery::retry_later);
    const std::string id = bench.sent_header(0, "MS-RequestId");
    EXPECT_EQ(
        error.what(),
        "GET /v1/customers: no success in 4 attempts, the last: 503 (code 800003): busy [request "
        "id " +
            id + "]"
    );
}

TEST(GatewayCall, SaysWhatIsWrongWithASuccessThatIsNone) {
    const std::tuple<int, std::string, std::string> cases[] = {
        {200, "", "200, but its body is empty"},
        {200, "\xEF\xBB\xBF ", "200, but its body is empty"},
        {200, R"({"items":[{"id":)", "200, but its body is no whole JSON: it seems to be cut off"},
        {200,
         "<html>sign in to the hotel</html>",
         "200, but its body is a web page: check partner_center.api_url and the proxy"},
        {202, "{}", "202, which has no data yet"},
        {204, "", "204, which has no data yet"},
    };
    for (const auto& [status, body, words] : cases) {
        Bench bench;
        bench.transport.play({answers(status, body)});
        EXPECT_THAT(
            bench.failure().what(), testing::HasSubstr("the last: " + words + " [request id ")
        );
    }
}

TEST(GatewayCall, BacksOffBetweenAttempts) {
    Bench bench;
    bench.settings.max_attempts = 8;
    bench.transport.play({answers(503)});
    bench.failure();
    EXPECT_LE(bench.sent_at(7), 500 * (1 + 2 + 4 + 8 + 16 + 32 + 64));
    EXPECT_GT(bench.sent_at(7), 500);
}

TEST(GatewayCall, NeverShowsTheTokenToAForeignHost) {
    const std::string foreign[] = {
        "https://evil.example/v1/customers",
        "http://api.example/v1/customers",
        "https://api.example:8443/v1/customers",
        "https://api.example.evil.example/v1",
        "https://api.example@evil.example/v1",
        "https://api.example\r\nX: y/v1",
        "//api.example/v1"};
    Bench bench;
    for (const std::string& url : foreign) {
        Call call = bench.call();
        call.url = url;
        EXPECT_NO_THROW(static_cast<void>(bench.failure_of(call))) << url;
    }
    Call call = bench.call();
    call.headers = {{"MS-ContinuationToken", "x\r\nHost: evil"}};
    EXPECT_EQ(bench.failure_of(call).recovery(), Recovery::skip_scope);
    EXPECT_TRUE(bench.transport.sent.empty());
}

TEST(GatewayCall, LetsNoLinkReplaceItsOwnHeaders) {
    Bench bench;
    Call call = bench.call();
    call.headers = {{"authorization", "Bearer other"}, {"Host", "evil.example"}, {"X-More", "yes"}};
    bench.get(call);
    EXPECT_EQ(bench.sent_header(0, "Authorization"), "Bearer token-1");
    EXPECT_EQ(bench.sent_header(0, "Host"), "");
    EXPECT_EQ(bench.sent_header(0, "X-More"), "yes");
}

TEST(GatewayCall, IsLoggedWithItsIdsAndWithoutTokenOrQuery) {
    Bench bench;
    set_up_log(LogSettings{"trace", false});
    testing::internal::CaptureStderr();
    const Answer answer = bench.get();
    const std::string log = testing::internal::GetCapturedStderr();
    set_up_log(LogSettings{"warn", false});
    EXPECT_THAT(log, HasSubstr("api.request path=/v1/customers attempt=1 status=200"));
    EXPECT_THAT(log, HasSubstr("request_id=" + answer.request_id));
    EXPECT_THAT(log, HasSubstr("correlation_id=" + answer.correlation_id));
    EXPECT_EQ(log.find("token-1"), std::string::npos);
    EXPECT_EQ(log.find("size=500"), std::string::npos);
}

TEST(GatewayCall, KnowsWhichCallsItsSignInServes) {
    Bench bench;
    bench.settings.auth = Auth::app_only;
    bench.tokens.app_only = true;
    EXPECT_TRUE(bench.gateway().serves(SignIn::app));
    EXPECT_FALSE(bench.gateway().serves(SignIn::user));
    EXPECT_NO_THROW(bench.gateway().require(SignIn::app));
    EXPECT_THROW(bench.gateway().require(SignIn::user), Error);
    Call call = bench.call();
    call.sign_in = SignIn::user;
    EXPECT_EQ(bench.failure_of(call).recovery(), Recovery::skip_scope);
}

TEST(GatewayCall, PassesOnWhatTheSignInSays) {
    Bench bench;
    bench.tokens.failure = Error(Recovery::fix_api, "the refresh token has expired", "consent");
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_EQ(error.hint(), "consent");
    EXPECT_EQ(bench.gateway().counters().requests, 0U);
}

} // namespace

} // namespace pcmirror
