#include "daemon/login/device_code.hpp"
#include "tests/unit/fake_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using fakes::answers;
using fakes::fails;
using fakes::FakeClock;
using fakes::FakeTransport;
using fakes::Scripted;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Kind = TransportError::Kind;

constexpr const char* started =
    R"({"device_code": "the-device", "user_code": "ABCD", "verification_url": "https://go.example",
        "expires_in": "900", "interval": "5"})";
constexpr const char* granted =
    R"({"access_token": "a", "refresh_token": "r", "expires_in": "3599"})";

Scripted refuses(const std::string& word, int number = 70016, int status = 400) {
    return answers(
        status, "{\"error\": \"" + word + "\", \"error_codes\": [" + std::to_string(number) + "]}"
    );
}

/// A sign-in by device code between fakes.
struct DeviceBench {
    DeviceBench() {
        settings.login_url = "https://login.example";
        settings.tenant_id = "contoso.example";
        settings.client_id = "the-client";
        settings.client_secret = Secret("the-secret");
    }

    UserTokens sign_in(std::vector<Scripted> polls, Milliseconds time_limit = 15min) {
        polls.insert(polls.begin(), answers(200, started));
        transport.play(std::move(polls));
        auto work = sign_in_by_device_code(
            settings, transport, clock, time_limit, [this](const DeviceCode& code) { shown = code; }
        );
        return fakes::finish(loop, clock, std::move(work));
    }

    Error failure(std::vector<Scripted> polls, Milliseconds time_limit = 15min) {
        try {
            sign_in(std::move(polls), time_limit);
        } catch (const Error& error) {
            return error;
        }
        throw std::logic_error("somebody signed in");
    }

    /// Seconds between the requests.
    [[nodiscard]] std::vector<int> pauses() const {
        std::vector<int> seconds;
        for (std::size_t at = 1; at < transport.sent.size(); ++at)
            seconds.push_back(static_cast<int>(std::chrono::round<std::chrono::seconds>(
                                                   transport.sent[at].at - transport.sent[at - 1].at
            )
                                                   .count()));
        return seconds;
    }

    [[nodiscard]] bool proves(std::size_t at) const {
        return transport.sent.at(at).request.body.find("client_secret=the-secret") !=
               std::string::npos;
    }

    asio::io_context loop;
    FakeClock clock;
    FakeTransport transport{clock};
    PartnerCenterSettings settings;
    DeviceCode shown;
};

TEST(DeviceCode, IsReadFromEitherVersion) {
    const auto v1 = read_device_code(started);
    ASSERT_TRUE(v1);
    EXPECT_EQ(v1->code.reveal(), "the-device");
    EXPECT_EQ(v1->verification_url, "https://go.example");
    EXPECT_EQ(v1->interval, 5s);
    const auto v2 = read_device_code(
        R"({"device_code": "d", "user_code": "u", "verification_uri": "https://v2.example", "expires_in": 60})"
    );
    ASSERT_TRUE(v2);
    EXPECT_EQ(v2->verification_url, "https://v2.example");
    EXPECT_EQ(v2->expires_in, 60s);
    EXPECT_EQ(v2->interval, 5s);
}

TEST(DeviceCode, IsNotTakenFromWhatIsNone) {
    for (const char* body :
         {"",
          "[]",
          "{}",
          R"({"device_code": "d", "user_code": "u"})",
          R"({"device_code": "d", "user_code": "u", "verification_url": "javascript:alert"})",
          R"({"user_code": "u", "verification_url": "https://go.example"})"})
        EXPECT_FALSE(read_device_code(body)) << body;
}

TEST(DeviceCode, IsPolledAtThePaceThatIsAskedFor) {
    DeviceBench bench;
    const UserTokens tokens = bench.sign_in(
        {refuses("authorization_pending"),
         refuses("slow_down"),
         refuses("authorization_pending"),
         answers(200, granted)}
    );
    EXPECT_EQ(tokens.answer.refresh_token.reveal(), "r");
    EXPECT_TRUE(tokens.confidential);
    EXPECT_EQ(bench.shown.user_code, "ABCD");
    EXPECT_THAT(bench.pauses(), ElementsAre(5, 5, 10, 10));
}

TEST(DeviceCode, OutlastsTroubleOnTheWay) {
    DeviceBench bench;
    bench.sign_in(
        {fails(Kind::connect),
         fails(Kind::timeout),
         answers(503),
         answers(429, "{}", {{"Retry-After", "60"}}),
         answers(200, granted)}
    );
    EXPECT_THAT(bench.pauses(), ElementsAre(5, 10, 15, 20, 60));
}

TEST(DeviceCode, TriesTheOtherWayOfProvingItselfOnce) {
    DeviceBench bench;
    const UserTokens tokens = bench.sign_in(
        {refuses("invalid_client", 700025, 401),
         refuses("authorization_pending"),
         answers(200, granted)}
    );
    EXPECT_FALSE(tokens.confidential);
    EXPECT_TRUE(bench.proves(1));
    EXPECT_FALSE(bench.proves(2));
    EXPECT_FALSE(bench.proves(3));

    DeviceBench undecided;
    const Error error = undecided.failure(
        {refuses("invalid_client", 700025, 401), refuses("invalid_client", 7000218, 401)}
    );
    EXPECT_THAT(error.what(), HasSubstr("AADSTS7000218"));
    EXPECT_THAT(undecided.transport.sent, SizeIs(3));
}

TEST(DeviceCode, EndsWithItsLifeOrTheTimeLimit) {
    DeviceBench patient;
    const Error expired = patient.failure({refuses("authorization_pending")}, 24h);
    EXPECT_EQ(expired.recovery(), Recovery::retry_later);
    EXPECT_THAT(expired.what(), HasSubstr("nobody signed in within 15m"));
    EXPECT_THAT(patient.transport.sent, SizeIs(1 + 180));

    DeviceBench hasty;
    EXPECT_THAT(
        hasty.failure({refuses("authorization_pending")}, 12s).what(), HasSubstr("within 12s")
    );
    EXPECT_THAT(hasty.pauses(), ElementsAre(5, 5, 2));
}

TEST(DeviceCode, EndsAtAWordThatIsFinal) {
    for (const char* word : {"authorization_declined", "bad_verification_code", "some_new_word"}) {
        DeviceBench bench;
        const Error error = bench.failure({refuses("authorization_pending"), refuses(word, 0)});
        EXPECT_EQ(error.recovery(), Recovery::fix_api) << word;
        EXPECT_THAT(bench.transport.sent, SizeIs(3)) << word;
    }
}

TEST(DeviceCode, SaysWhatIsWrongWhereItCanNotBegin) {
    DeviceBench bench;
    bench.transport.play({refuses("unauthorized_client", 700016)});
    const auto begin = [&bench] {
        return sign_in_by_device_code(
            bench.settings, bench.transport, bench.clock, 15min, [](const DeviceCode&) {}
        );
    };
    try {
        fakes::finish(bench.loop, bench.clock, begin());
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("does not exist in tenant contoso.example"));
    }
    bench.transport.play({fails(Kind::connect)});
    try {
        fakes::finish(bench.loop, bench.clock, begin());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_api);
    }
}

} // namespace
} // namespace pcmirror
