#include "tests/unit/token_bench.hpp"

#include <gtest/gtest.h>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::after;
using fakes::answers;
using fakes::grants;
using fakes::refuses;
using fakes::TokenBench;

TEST(TokenSource, SignsInAsAUserWithTheRefreshToken) {
    TokenBench bench;
    bench.transport.play({grants("access-1")});
    EXPECT_EQ(bench.token(), "access-1");

    const HttpRequest& request = bench.transport.sent.at(0).request;
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://login.example/contoso.example/oauth2/token");
    EXPECT_EQ(header(request.headers, "Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(bench.sent_field(0, "grant_type"), "refresh_token");
    EXPECT_EQ(bench.sent_field(0, "refresh_token"), "refresh-1");
    EXPECT_EQ(bench.sent_field(0, "client_id"), "the-client");
    EXPECT_EQ(bench.sent_field(0, "client_secret"), "the-secret");
    EXPECT_EQ(bench.sent_field(0, "resource"), "https%3A%2F%2Fapi.partnercenter.microsoft.com");
    EXPECT_EQ(bench.sent_field(0, "scope"), "openid");
}

TEST(TokenSource, SignsInAsTheApplicationAlone) {
    TokenBench bench;
    bench.transport.play({grants("access-1")});
    EXPECT_EQ(bench.token(SignIn::app), "access-1");
    EXPECT_EQ(bench.sent_field(0, "grant_type"), "client_credentials");
    EXPECT_EQ(bench.sent_field(0, "client_secret"), "the-secret");
    EXPECT_EQ(bench.sent_field(0, "refresh_token"), "(none)");
}

TEST(TokenSource, ChoosesTheKindByNeedAndConfiguration) {
    const auto kind = [](Auth auth, SignIn need) {
        TokenBench bench;
        bench.settings.auth = auth;
        return bench.source().kind_for(need);
    };
    EXPECT_EQ(kind(Auth::app_user, SignIn::app), SignIn::user);
    EXPECT_EQ(kind(Auth::app_user, SignIn::user), SignIn::user);
    EXPECT_EQ(kind(Auth::automatic, SignIn::app), SignIn::app);
    EXPECT_EQ(kind(Auth::automatic, SignIn::user), SignIn::user);
    EXPECT_EQ(kind(Auth::app_only, SignIn::app), SignIn::app);
    try {
        kind(Auth::app_only, SignIn::user);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::skip_scope);
    }
}

TEST(TokenSource, RenewsFiveMinutesEarlyButNotBeforeHalfOfTheLife) {
    const std::pair<int, std::chrono::seconds> lives[] = {{3600, 3300s}, {400, 200s}, {20, 10s}};
    for (const auto& [life, renewed_at] : lives) {
        TokenBench bench;
        const std::string more = R"(,"expires_in":)" + std::to_string(life);
        bench.transport.play({grants("access-1", more), grants("access-2", more)});
        bench.token();
        bench.clock.advance(renewed_at - 1s);
        EXPECT_EQ(bench.token(), "access-1") << life;
        bench.clock.advance(1s);
        EXPECT_EQ(bench.token(), "access-2") << life;
    }
}

TEST(TokenSource, LetsFiftyCallsShareOneRefresh) {
    TokenBench bench;
    bench.transport.play({after(800ms, grants("access-1"))});
    for (const auto& call : bench.tokens(50)) {
        EXPECT_EQ(call->value, "access-1");
    }
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

TEST(TokenSource, FailsAllWhoWaitedForOneRefusal) {
    TokenBench bench;
    bench.transport.play({after(800ms, refuses("invalid_grant", 700082))});
    for (const auto& call : bench.tokens(10)) {
        EXPECT_TRUE(call->failure);
    }
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

TEST(TokenSource, GoesOnForTheOthersWhenOneCallIsCancelled) {
    TokenBench bench;
    bench.transport.play({after(800ms, grants("access-1"))});
    asio::cancellation_signal cancel;
    const auto cancelled =
        fakes::start(bench.loop, bench.source().token(SignIn::user), cancel.slot());
    const auto other = fakes::start(bench.loop, bench.source().token(SignIn::user));
    bench.clock.run(bench.loop, bench.clock.now() + 100ms);
    cancel.emit(asio::cancellation_type::terminal);
    bench.clock.run(bench.loop);
    EXPECT_TRUE(cancelled->failure);
    EXPECT_EQ(other->value, "access-1");
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

TEST(TokenSource, KeepsARotatedRefreshTokenAlsoWhenNobodyWaitsAnyMore) {
    TokenBench bench;
    bench.transport.play({after(800ms, grants("access-1", R"(,"refresh_token":"refresh-2")"))});
    bench.give_up_a_call();
    bench.clock.run(bench.loop);
    EXPECT_EQ(bench.folder.read("refresh_token"), "refresh-2");
    EXPECT_EQ(bench.token(), "access-1");
}

TEST(TokenSource, MakesNoFurtherAttemptWhenNobodyWaitsAnyMore) {
    TokenBench bench;
    bench.transport.play({answers(503)});
    asio::cancellation_signal cancel;
    fakes::start(bench.loop, bench.source().token(SignIn::user), cancel.slot());
    bench.loop.poll_one();
    cancel.emit(asio::cancellation_type::terminal);
    bench.clock.run(bench.loop);
    EXPECT_LE(bench.transport.sent.size(), 2U);
}

TEST(TokenSource, RefreshesARefusedTokenOnce) {
    TokenBench bench;
    bench.transport.play({grants("access-1"), grants("access-2"), grants("access-3")});
    const std::string first = bench.token();
    bench.source().refused(SignIn::user, first);
    EXPECT_EQ(bench.token(), "access-2");
    bench.source().refused(SignIn::user, first);
    EXPECT_EQ(bench.token(), "access-2") << "somebody else had it refreshed already";
    bench.source().refused(SignIn::app, "access-2");
    EXPECT_EQ(bench.token(), "access-2") << "the kinds are apart";
}

TEST(TokenSource, AsksAboutMfaOnceForEachUserToken) {
    TokenBench bench;
    bench.transport.play({grants("access-1"), grants("access-2")});
    bench.token();
    EXPECT_TRUE(bench.source().take_mfa_question(SignIn::user));
    EXPECT_FALSE(bench.source().take_mfa_question(SignIn::user));
    bench.source().refused(SignIn::user, "access-1");
    bench.token();
    EXPECT_TRUE(bench.source().take_mfa_question(SignIn::user));
    bench.token(SignIn::app);
    EXPECT_FALSE(bench.source().take_mfa_question(SignIn::app));
}

TEST(TokenSource, EndsARefreshUnderWayWithItself) {
    TokenBench bench;
    bench.transport.play({after(10min, grants("access-1"))});
    const auto call = fakes::start(bench.loop, bench.source().token(SignIn::user));
    bench.clock.run(bench.loop, bench.clock.now() + 1s);
    bench.made.reset();
    bench.loop.restart();
    bench.loop.poll();
    EXPECT_TRUE(call->failure);
    EXPECT_EQ(bench.transport.in_flight, 0);
}

} // namespace

} // namespace pcmirror
