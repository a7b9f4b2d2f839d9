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
using testing::Not;
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

TEST(GatewayCall, BacksOffBetweenAttempts) {
    Bench bench;
    bench.settings.max_attempts = 8;
    bench.transport.play({answers(503)});
    bench.failure();
    EXPECT_LE(bench.sent_at(7), 500 * (1 + 2 + 4 + 8 + 16 + 32 + 64));
    EXPECT_GT(bench.sent_at(7), 500);
}

TEST(GatewayCall, RefreshesOnceAndRetriesOnceWhenTheTokenIsRefused) {
    Bench bench;
    bench.transport.play({answers(401), answers(200)});
    EXPECT_EQ(bench.get().status, 200);
    EXPECT_EQ(bench.sent_header(0, "Authorization"), "Bearer token-1");
    EXPECT_EQ(bench.sent_header(1, "Authorization"), "Bearer token-2");
    EXPECT_EQ(bench.sent_at(1), 0) << "no pause: nothing is wrong but the token";
}

TEST(GatewayCall, EndsWhenAFreshTokenIsRefusedToo) {
    Bench bench;
    bench.transport.play({answers(401, R"({"code":400,"description":"Access denied"})")});
    const Error error = bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 2U);
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("Access denied"));
    EXPECT_THAT(error.hint(), HasSubstr("register application the-client in Partner Center"));
}

TEST(GatewayCall, SaysWhenTheAudienceIsWrong) {
    Bench bench;
    bench.settings.resource = "https://graph.windows.net";
    bench.transport.play(
        {answers(401, R"({"code":900420,"description":"The audience is invalid"})")}
    );
    EXPECT_THAT(
        bench.failure().hint(), HasSubstr("partner_center.resource is https://graph.windows.net")
    );
}

TEST(GatewayCall, SaysThatAppOnlyMayNotSuffice) {
    Bench bench;
    bench.tokens.app_only = true;
    bench.transport.play({answers(401)});
    EXPECT_THAT(bench.failure().hint(), HasSubstr("auth app_user or auto"));
}

TEST(GatewayCall, EndsAtOnceWhenMfaIsMissing) {
    Bench bench;
    bench.transport.play({answers(401, R"({"code":900421,"description":"MFA is required."})")});
    const Error error = bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 1U);
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("the API wants MFA"));
    EXPECT_THAT(error.hint(), HasSubstr("/nowhere/refresh_token"));
}

TEST(GatewayCall, SuspectsMfaBehindAnEmptyRefusalOfAFreshToken) {
    Bench bench;
    bench.transport.play(
        {answers(401, "", {{"WWW-Authenticate", R"(Bearer error="invalid_token")"}})}
    );
    const Error error = bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 2U);
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("had no MFA"));
}

TEST(GatewayCall, AsksAboutMfaOnceForEachToken) {
    Bench bench;
    bench.transport.play(
        {answers(200, "{}", {{"isMfaCompliant", "false"}}),
         answers(200),
         answers(401),
         answers(200)}
    );
    testing::internal::CaptureStderr();
    bench.get();
    bench.get();
    bench.get();
    const std::string log = testing::internal::GetCapturedStderr();

    EXPECT_EQ(bench.sent_header(0, "ValidateMfa"), "true");
    EXPECT_EQ(bench.sent_header(1, "ValidateMfa"), "");
    EXPECT_EQ(bench.sent_header(2, "ValidateMfa"), "");
    EXPECT_EQ(bench.sent_header(3, "ValidateMfa"), "true");
    EXPECT_THAT(log, HasSubstr("api.mfa_missing"));
    EXPECT_THAT(log, Not(HasSubstr("token-1")));
}

TEST(GatewayCall, SaysThatTheApiCannotBeReachedWhenNoAttemptConnects) {
    Bench bench;
    bench.transport.play({fails(Kind::connect, "connecting to api.example:443: connection refused")}
    );
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("the API can't be reached: connecting to api.example:443"));
    EXPECT_EQ(bench.transport.sent.size(), 6U);
}

TEST(GatewayCall, ThatNeverConnectedFailsAloneWhileOthersAreAnswered) {
    Bench bench;
    bench.transport.script = [](const HttpRequest& request) {
        const bool unlucky = request.url.find("/unlucky/") != std::string::npos;
        return unlucky ? fails(Kind::connect) : answers(200);
    };
    const auto unlucky = bench.begin(bench.call("unlucky"));
    bench.loop.poll();
    bench.get();
    ASSERT_TRUE(unlucky->failure);
    try {
        std::rethrow_exception(unlucky->failure);
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::retry_later);
    }
}

TEST(GatewayCall, EndsAtOnceWhereTheCertificateIsNotTrusted) {
    Bench bench;
    bench.transport.play({fails(Kind::tls, "the certificate is not trusted", "set tls_ca_file")});
    const Error error = bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 1U);
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_EQ(error.hint(), "set tls_ca_file");
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
