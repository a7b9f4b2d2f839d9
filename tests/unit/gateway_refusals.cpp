#include "tests/unit/gateway_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::answers;
using fakes::Bench;
using fakes::fails;
using testing::HasSubstr;
using testing::Not;
using Kind = TransportError::Kind;

TEST(GatewayRefusal, RefreshesOnceAndRetriesOnceWhenTheTokenIsRefused) {
    Bench bench;
    bench.transport.play({answers(401), answers(200)});
    EXPECT_EQ(bench.get().status, 200);
    EXPECT_EQ(bench.sent_header(0, "Authorization"), "Bearer token-1");
    EXPECT_EQ(bench.sent_header(1, "Authorization"), "Bearer token-2");
    EXPECT_EQ(bench.sent_at(1), 0) << "no pause: nothing is wrong but the token";
}

TEST(GatewayRefusal, EndsWhenAFreshTokenIsRefusedToo) {
    Bench bench;
    bench.transport.play({answers(401, R"({"code":400,"description":"Access denied"})")});
    const Error error = bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 2U);
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("Access denied"));
    EXPECT_THAT(error.hint(), HasSubstr("register application the-client in Partner Center"));
}

/// The API refuses every token for what is asked of `unlucky`.
fakes::Scripted refuses_unlucky(const HttpRequest& request) {
    const bool unlucky = request.url.find("/unlucky") != std::string::npos;
    return unlucky ? answers(401, R"({"code":400,"description":"Access denied"})") : answers(200);
}

TEST(GatewayRefusal, IsTheCallsOwnWhereTheApiTakesTheTokenForAnother) {
    Bench bench;
    bench.transport.script = refuses_unlucky;
    bench.get();
    const Error error = bench.failure_of(bench.call("unlucky-1"));
    EXPECT_EQ(error.recovery(), Recovery::skip_scope);
    EXPECT_THAT(error.what(), HasSubstr("401 (code 400): Access denied"));
    EXPECT_EQ(bench.transport.sent.size(), 4U);
    EXPECT_EQ(bench.failure_of(bench.call("unlucky-2")).recovery(), Recovery::skip_scope);
    EXPECT_EQ(bench.get(bench.call("lucky")).status, 200);
}

TEST(GatewayRefusal, OfTheVeryFirstCustomerIsCheckedAgainstThePartnersOwnList) {
    Bench bench;
    bench.transport.script = refuses_unlucky;
    std::uint64_t attempts = 0;
    Call call = bench.call("unlucky");
    call.attempts = &attempts;
    EXPECT_EQ(bench.failure_of(call).recovery(), Recovery::skip_scope);
    EXPECT_EQ(bench.transport.sent.at(2).request.url, "https://api.example/v1/customers?size=1");
    EXPECT_EQ(attempts, 3U);
}

TEST(GatewayRefusal, OfAllCallsIsTheSignInsFault) {
    Bench bench;
    bench.transport.play({answers(401)});
    EXPECT_EQ(bench.failure_of(bench.call("somebody")).recovery(), Recovery::fix_api);
}

TEST(GatewayRefusal, OfAllCallsIsTheSignInsFaultAlsoAfterBetterTimes) {
    Bench bench;
    bench.get();
    bench.transport.play({answers(401)});
    EXPECT_EQ(bench.failure_of(bench.call("somebody")).recovery(), Recovery::fix_api);
}

/// The API refuses every token for what changes something.
fakes::Scripted refuses_writes(const HttpRequest& request) {
    return request.method == "GET" ? answers(200)
                                   : answers(401, R"({"code":400,"description":"Access denied"})");
}

TEST(GatewayRefusal, OfAWriteIsItsAnswerWhereTheApiTakesTheTokenForThePartnersOwnList) {
    for (const auto& customer :
         {std::optional<std::string>("unlucky"), std::optional<std::string>()}) {
        Bench bench;
        bench.transport.script = refuses_writes;
        const Written written = bench.write(customer);
        EXPECT_EQ(written.end, Written::End::answered);
        EXPECT_THAT(written.answer.describe(), HasSubstr("401 (code 400): Access denied"));
        EXPECT_EQ(bench.transport.sent.size(), 3U);
        EXPECT_EQ(
            bench.transport.sent.at(2).request.url, "https://api.example/v1/customers?size=1"
        );
    }
}

TEST(GatewayRefusal, OfAWriteIsTheSignInsFaultWhereTheListIsRefusedByNow) {
    Bench bench;
    bench.get();
    bench.transport.play({answers(401)});
    try {
        bench.write("somebody");
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_api);
    }
}

TEST(GatewayRefusal, SaysWhenTheAudienceIsWrong) {
    Bench bench;
    bench.settings.resource = "https://graph.windows.net";
    bench.transport.play(
        {answers(401, R"({"code":900420,"description":"The audience is invalid"})")}
    );
    EXPECT_THAT(
        bench.failure().hint(), HasSubstr("partner_center.resource is https://graph.windows.net")
    );
}

TEST(GatewayRefusal, SaysThatAppOnlyMayNotSuffice) {
    Bench bench;
    bench.tokens.app_only = true;
    bench.transport.play({answers(401)});
    EXPECT_THAT(bench.failure().hint(), HasSubstr("auth app_user or auto"));
}

TEST(GatewayRefusal, EndsAtOnceWhenMfaIsMissing) {
    Bench bench;
    bench.transport.play({answers(401, R"({"code":900421,"description":"MFA is required."})")});
    const Error error = bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 1U);
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("the API wants MFA"));
    EXPECT_THAT(error.hint(), HasSubstr("/nowhere/refresh_token"));
}

TEST(GatewayRefusal, SuspectsMfaBehindAnEmptyRefusalOfAFreshToken) {
    Bench bench;
    bench.transport.play(
        {answers(401, "", {{"WWW-Authenticate", R"(Bearer error="invalid_token")"}})}
    );
    const Error error = bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 2U);
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("had no MFA"));
}

TEST(GatewayRefusal, AsksAboutMfaOnceForEachToken) {
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

TEST(GatewayRefusal, SaysThatTheApiCannotBeReachedWhenNoAttemptConnects) {
    Bench bench;
    bench.transport.play({fails(Kind::connect, "connecting to api.example:443: connection refused")}
    );
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("the API can't be reached: connecting to api.example:443"));
    EXPECT_EQ(bench.transport.sent.size(), 6U);
}

TEST(GatewayRefusal, ThatNeverConnectedFailsAloneWhileOthersAreAnswered) {
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

TEST(GatewayRefusal, EndsAtOnceWhereTheCertificateIsNotTrusted) {
    Bench bench;
    bench.transport.play({fails(Kind::tls, "the certificate is not trusted", "set tls_ca_file")});
    const Error error = bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 1U);
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_EQ(error.hint(), "set tls_ca_file");
}

} // namespace

} // namespace pcmirror
