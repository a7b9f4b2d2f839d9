#include "config/log.hpp"
#include "tests/unit/token_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::answers;
using fakes::fails;
using fakes::grants;
using fakes::refuses;
using fakes::TokenBench;
using testing::HasSubstr;
using testing::Not;
using Kind = TransportError::Kind;

TEST(TokenTrouble, RetriesWhatPasses) {
    const fakes::Scripted passing[] = {
        answers(429),
        answers(500),
        answers(503, "<html>"),
        refuses("temporarily_unavailable", 90033),
        refuses("invalid_grant", 50196),
        answers(200, "{}"),
        fails(Kind::connect),
        fails(Kind::timeout),
        fails(Kind::reset)};
    for (const fakes::Scripted& trouble : passing) {
        TokenBench bench;
        bench.transport.play({trouble, trouble, grants("access-1")});
        EXPECT_EQ(bench.token(), "access-1") << trouble.response.status;
        EXPECT_EQ(bench.transport.sent.size(), 3U);
    }
}

TEST(TokenTrouble, WaitsAsLongAsTheServiceAsks) {
    TokenBench bench;
    bench.transport.play({answers(429, "", {{"Retry-After", "40"}}), grants("access-1")});
    bench.token();
    EXPECT_GE(bench.transport.sent[1].at - bench.transport.sent[0].at, 40s);
}

TEST(TokenTrouble, StaysAwayAsLongAsTheServiceAsks) {
    TokenBench bench;
    bench.transport.play({answers(429, "", {{"Retry-After", "600"}}), grants("access-1")});
    EXPECT_EQ(bench.failure().recovery(), Recovery::retry_later);
    EXPECT_EQ(bench.failure().recovery(), Recovery::retry_later);
    EXPECT_EQ(bench.transport.sent.size(), 1U);
    bench.clock.advance(601s);
    EXPECT_EQ(bench.token(), "access-1");
}

TEST(TokenTrouble, GivesUpForNowAfterMaxAttempts) {
    TokenBench bench;
    bench.settings.max_attempts = 3;
    bench.transport.play({answers(503)});
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::retry_later);
    EXPECT_THAT(error.what(), HasSubstr("signing in: "));
    EXPECT_THAT(error.what(), HasSubstr("after 3 attempts"));
    EXPECT_EQ(bench.transport.sent.size(), 3U);
}

TEST(TokenTrouble, SaysThatTheServiceCannotBeReachedWhenNoAttemptConnects) {
    TokenBench bench;
    bench.transport.play({fails(Kind::connect, "connecting to login.example:443: refused")});
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("login.example:443"));
    EXPECT_THAT(error.hint(), HasSubstr("login_url"));
}

TEST(TokenTrouble, EndsAtOnceWhereTheCertificateIsNotTrusted) {
    TokenBench bench;
    bench.transport.play({fails(Kind::tls, "not trusted", "set tls_ca_file")});
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_EQ(error.hint(), "set tls_ca_file");
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

TEST(TokenTrouble, UsesTheOldTokenWhileItIsGoodWhenItsRenewalFailsInPassing) {
    TokenBench bench;
    bench.transport.play({grants("access-1"), answers(503)});
    bench.token();
    bench.clock.advance(3310s);
    EXPECT_EQ(bench.token(), "access-1");
    const std::size_t asked = bench.transport.sent.size();
    EXPECT_EQ(bench.token(), "access-1");
    EXPECT_EQ(bench.transport.sent.size(), asked) << "not at each call";
    bench.clock.advance(300s);
    EXPECT_EQ(bench.failure().recovery(), Recovery::retry_later);
}

TEST(TokenTrouble, ProbesAfterMinutesOnlyWhereAPersonMustAct) {
    TokenBench bench;
    bench.transport.play(
        {refuses("invalid_grant", 50173), refuses("invalid_grant", 50173), grants("access-1")}
    );
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    for (int i = 0; i < 20; ++i) {
        bench.clock.advance(5s);
        EXPECT_STREQ(bench.failure().what(), error.what());
    }
    EXPECT_EQ(bench.transport.sent.size(), 1U);
    bench.clock.advance(3min);
    bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 2U);
}

TEST(TokenTrouble, TriesAServiceThatWasOutOfReachAgainSoon) {
    TokenBench bench;
    bench.settings.max_attempts = 3;
    const auto refused = fails(Kind::connect, "connecting to login.example:443: refused");
    bench.transport.play({refused, refused, refused, grants("access-1")});
    bench.failure();
    bench.clock.advance(4s);
    bench.failure();
    EXPECT_EQ(bench.transport.sent.size(), 3U) << "not at each call";
    bench.clock.advance(2s);
    EXPECT_EQ(bench.token(), "access-1");
}

TEST(TokenTrouble, ProbesAtOnceWhenAFileOfTheSignInChanged) {
    TokenBench bench;
    bench.transport.play({refuses("invalid_grant", 50173), grants("access-1")});
    bench.failure();
    bench.folder.write("refresh_token", "refresh-from-a-new-consent");
    EXPECT_EQ(bench.token(), "access-1");
    EXPECT_EQ(bench.sent_field(1, "refresh_token"), "refresh-from-a-new-consent");
}

TEST(TokenTrouble, TriesTheOtherWayOnceAndRemembersWhatWorked) {
    TokenBench bench;
    bench.transport.script = [&](const HttpRequest&) {
        const bool secret =
            bench.sent_field(bench.transport.sent.size() - 1, "client_secret") != "(none)";
        return secret ? refuses("invalid_client", 700025, 401) : grants("access-1");
    };
    EXPECT_EQ(bench.token(), "access-1");
    EXPECT_EQ(bench.transport.sent.size(), 2U);
    bench.source().refused(SignIn::user, "access-1");
    bench.token();
    EXPECT_EQ(bench.transport.sent.size(), 3U);
    EXPECT_EQ(bench.sent_field(2, "client_secret"), "(none)");
}

TEST(TokenTrouble, EndsWhereNeitherWayWorks) {
    TokenBench bench;
    bench.transport.script = [&](const HttpRequest&) {
        const bool secret =
            bench.sent_field(bench.transport.sent.size() - 1, "client_secret") != "(none)";
        return refuses("invalid_client", secret ? 700025 : 7000218, 401);
    };
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_EQ(bench.transport.sent.size(), 2U);
    EXPECT_THAT(error.what(), HasSubstr("AADSTS7000218"));
}

TEST(TokenTrouble, NeverShowsSecretsInMessagesOrLogs) {
    const fakes::Scripted troubles[] = {
        refuses("invalid_grant", 50173),
        refuses("a_new_word", 1),
        refuses("invalid_client", 424242),
        answers(400, "the-secret refresh-1"),
        grants("access-1", R"(,"refresh_token":"refresh-2")")};
    set_up_log(LogSettings{"trace", false});
    testing::internal::CaptureStderr();
    std::string said;
    for (const fakes::Scripted& trouble : troubles) {
        TokenBench bench;
        bench.settings.max_attempts = 2;
        bench.transport.play({trouble});
        try {
            bench.token();
        } catch (const Error& error) {
            said += error.what() + error.hint();
        }
    }
    said += testing::internal::GetCapturedStderr();
    set_up_log(LogSettings{"warn", false});
    EXPECT_THAT(said, HasSubstr("sign_in.refresh_token_stored"));
    for (const char* secret : {"the-secret", "refresh-1", "refresh-2", "access-1"}) {
        EXPECT_THAT(said, Not(HasSubstr(secret)));
    }
}

} // namespace

} // namespace pcmirror
