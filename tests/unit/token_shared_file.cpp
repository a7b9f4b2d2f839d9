#include "tests/unit/token_bench.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::grants;
using fakes::refuses;
using fakes::TokenBench;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string rotating(int number) {
    return R"(,"expires_in":3600,"refresh_token":"refresh-)" + std::to_string(number) + '"';
}

TEST(SharedRefreshToken, IsUsedByOneProcessAtATime) {
    TokenBench bench;
    int newest = 1;
    bench.transport.script = [&](const HttpRequest& request) {
        const std::string wanted = "refresh_token=refresh-" + std::to_string(newest) + '&';
        if (request.body.find(wanted) == std::string::npos) {
            return refuses("invalid_grant", 70008);
        }
        return fakes::after(800ms, grants("access", rotating(++newest)));
    };
    const auto other = make_token_source(bench.settings, bench.transport, bench.clock);
    const auto first = fakes::start(bench.loop, bench.source().token(SignIn::user));
    const auto second = fakes::start(bench.loop, other->token(SignIn::user));
    bench.clock.run(bench.loop);
    EXPECT_EQ(first->value, "access");
    EXPECT_EQ(second->value, "access");
    EXPECT_EQ(bench.transport.most_in_flight, 1);
    EXPECT_EQ(bench.folder.read("refresh_token"), "refresh-3");
    EXPECT_THAT(bench.folder.names(), ElementsAre("client_secret", "refresh_token"));
}

TEST(SharedRefreshToken, IsReadOnceMoreWhenItWasReplacedMeanwhile) {
    for (const bool replaced : {true, false}) {
        TokenBench bench;
        bench.transport.script = [&](const HttpRequest& request) {
            if (request.body.find("refresh-2") != std::string::npos) {
                return grants("access");
            }
            if (replaced) {
                bench.folder.write("refresh_token", "refresh-2\n");
            }
            return refuses("invalid_grant", 70008);
        };
        if (replaced) {
            EXPECT_EQ(bench.token(), "access");
        } else {
            EXPECT_EQ(bench.failure().recovery(), Recovery::fix_api);
            EXPECT_EQ(bench.transport.sent.size(), 1U);
        }
    }
}

TEST(SharedRefreshToken, ReplacedAfterItWasReadIsNoKnownTrouble) {
    TokenBench bench;
    int asked = 0;
    bench.transport.script = [&](const HttpRequest&) {
        if (++asked == 3) {
            return grants("access");
        }
        bench.folder.write("refresh_token", "another token, number " + std::to_string(asked));
        return refuses("invalid_grant", 70008);
    };
    EXPECT_EQ(bench.failure().recovery(), Recovery::fix_api);
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(bench.token(), "access");
    EXPECT_EQ(bench.sent_field(2, "refresh_token"), "another%20token%2C%20number%202");
}

TEST(SharedRefreshToken, ThatAnotherProcessKeepsIsWaitedForAMinute) {
    TokenBench bench;
    const std::string directory = bench.folder.path("").string();
    const int other = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_EQ(::flock(other, LOCK_EX), 0);
    const Instant began = bench.clock.now();
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::retry_later);
    EXPECT_THAT(error.what(), HasSubstr("another process"));
    EXPECT_GE(bench.clock.now() - began, 60s);
    EXPECT_THAT(bench.transport.sent, IsEmpty());
    ::close(other);
    bench.transport.play({grants("access")});
    EXPECT_EQ(bench.token(), "access");
}

asio::awaitable<bool> settled(TokenSource& source) {
    co_await source.settle();
    co_return true;
}

TEST(SettlingTokens, WaitsForTheRefreshUnderWay) {
    TokenBench bench;
    bench.transport.play({fakes::after(800ms, grants("access", rotating(2)))});
    bench.give_up_a_call();
    const auto end = fakes::start(bench.loop, settled(bench.source()));
    bench.clock.run(bench.loop, bench.clock.now() + 100ms);
    EXPECT_FALSE(end->done);
    bench.clock.run(bench.loop);
    EXPECT_TRUE(end->done);
    EXPECT_EQ(bench.folder.read("refresh_token"), "refresh-2");
    EXPECT_TRUE(fakes::finish(bench.loop, bench.clock, settled(bench.source())));
}

TEST(SettlingTokens, WaitsForNoPauseAndNoFurtherAttempt) {
    TokenBench bench;
    bench.transport.play({fakes::answers(503, "", {{"Retry-After", "100"}})});
    bench.give_up_a_call();
    const Instant began = bench.clock.now();
    EXPECT_TRUE(fakes::finish(bench.loop, bench.clock, settled(bench.source())));
    EXPECT_EQ(bench.clock.now(), began);
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

} // namespace

} // namespace pcmirror
