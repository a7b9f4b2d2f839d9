#include "daemon/login/login_words.hpp"
#include "daemon/login/end_page.hpp"
#include "daemon/login/redemption.hpp"
#include "daemon/web/html.hpp"
#include "tests/unit/fake_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace pcmirror {
namespace {

using fakes::answers;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

PartnerCenterSettings settings() {
    PartnerCenterSettings made;
    made.login_url = "https://login.example";
    made.tenant_id = "contoso.example";
    made.client_id = "the-client";
    made.refresh_token_file = "/keep/refresh_token";
    made.max_attempts = 3;
    return made;
}

SignInRefusal refusal(int number, const std::string& error) {
    SignInRefusal made;
    made.status = 400;
    made.number = number;
    made.error = error;
    made.description = "what the service says";
    return made;
}

std::string told(int number, const std::string& error, LoginWay way = LoginWay::browser) {
    const Error words =
        explain_login(refusal(number, error), settings(), way, "http://localhost:1234");
    EXPECT_EQ(words.recovery(), Recovery::fix_api);
    return std::string(words.what()) + " | " + words.hint();
}

TEST(LoginWords, TellEachTrapAndItsRemedy) {
    const std::map<int, std::pair<const char*, const char*>> traps = {
        {65004, {"did not consent to application the-client", "accept what"}},
        {65001, {"nobody has consented", "Grant admin consent"}},
        {90094, {"needs an administrator", "Global Administrator"}},
        {50105, {"not assigned to application the-client", "Users and groups"}},
        {50020, {"does not belong to tenant contoso.example", "tenant_id"}},
        {50011, {"http://localhost:1234 is not registered", "add http://localhost as"}},
        {70008, {"too late", "again"}},
        {54005, {"redeemed already", "again"}},
        {501481, {"another sign-in", "again"}},
        {9002327, {"single-page application", "platform Web"}},
        {7000218, {"has to prove itself", "client_secret_file"}},
        {7000215, {"the client secret is wrong", "not its id"}},
        {700016, {"does not exist in tenant", "client_id"}}};
    for (const auto& [number, words] : traps) {
        const std::string error =
            number >= 700000 && number < 8000000 ? "invalid_client" : "invalid_grant";
        EXPECT_THAT(
            told(number, error),
            AllOf(
                HasSubstr(words.first),
                HasSubstr(words.second),
                HasSubstr("AADSTS" + std::to_string(number))
            )
        );
    }
}

TEST(LoginWords, SendFromABlockedDeviceToABrowser) {
    for (const int number : {53003, 50097, 530033}) {
        EXPECT_THAT(
            told(number, "invalid_grant", LoginWay::device_code), HasSubstr("without --device-code")
        );
        EXPECT_THAT(told(number, "invalid_grant"), HasSubstr("ask the administrator"));
    }
}

TEST(LoginWords, NeverSpeakOfARefreshTokenThatIsNotThereYet) {
    for (const char* error : {"invalid_grant", "interaction_required", "login_required"})
        for (const int number : {0, 70000, 700082, 4711})
            EXPECT_THAT(told(number, error), Not(HasSubstr("refresh token")));
    EXPECT_THAT(told(0, "access_denied"), HasSubstr("cancelled"));
}

TEST(LoginWords, NameTheRedirectUriAsItHasToBeRegistered) {
    EXPECT_THAT(
        registration_hint(settings(), "http://localhost:1234"),
        AllOf(HasSubstr("add http://localhost as"), HasSubstr("the port does not count"))
    );
    EXPECT_THAT(
        registration_hint(settings(), "https://sign-in.example/back"),
        AllOf(HasSubstr("add https://sign-in.example/back as"), Not(HasSubstr("port")))
    );
}

TEST(EndPage, EscapesEverythingForeign) {
    EXPECT_EQ(
        html_escaped("<a href='x'>\"&\"</a>\xff"),
        "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;?"
    );
    const WebAnswer page = failure_page({Recovery::fix_api, "<script>", "<b>"});
    EXPECT_THAT(page.body, AllOf(HasSubstr("&lt;script&gt;"), HasSubstr("&lt;b&gt;")));
    EXPECT_THAT(page.body, Not(HasSubstr("<script")));
    EXPECT_THAT(success_page("/a<b>/c").body, HasSubstr("/a&lt;b&gt;/c"));
}

struct RedemptionBench {
    Redemption::Reply redeem(std::vector<fakes::Scripted> script) {
        transport.play(std::move(script));
        Redemption redemption(partner, transport, clock);
        return fakes::finish(
            loop,
            clock,
            redemption.ask_patiently({{"grant_type", "authorization_code"}, {"code", "the-code"}})
        );
    }

    asio::io_context loop;
    fakes::FakeClock clock;
    fakes::FakeTransport transport{clock};
    PartnerCenterSettings partner = settings();
};

constexpr const char* granted = R"({"access_token": "a", "refresh_token": "r"})";

TEST(Redemption, OutlastsPassingTrouble) {
    RedemptionBench bench;
    const auto reply = bench.redeem(
        {fakes::fails(TransportError::Kind::connect), answers(503), answers(200, granted)}
    );
    ASSERT_TRUE(reply.tokens);
    EXPECT_EQ(reply.tokens->answer.refresh_token.reveal(), "r");
    EXPECT_FALSE(reply.tokens->confidential);
}

TEST(Redemption, GivesUpAfterTheConfiguredAttempts) {
    RedemptionBench bench;
    EXPECT_EQ(bench.redeem({answers(503)}).refusal.status, 503);
    EXPECT_THAT(bench.transport.sent, SizeIs(3));
    EXPECT_THROW(bench.redeem({fakes::fails(TransportError::Kind::connect)}), Error);
}

TEST(Redemption, TakesARefusalAtItsWordAndRepeatsNoCode) {
    RedemptionBench bench;
    const auto reply = bench.redeem({answers(
        400, R"({"error": "invalid_grant", "error_description": "AADSTS70008: the-code is old"})"
    )});
    EXPECT_EQ(reply.refusal.number, 70008);
    EXPECT_EQ(reply.refusal.description, "AADSTS70008: *** is old");
    EXPECT_THAT(bench.transport.sent, SizeIs(1));
}

TEST(Redemption, WantsARefreshToken) {
    RedemptionBench bench;
    EXPECT_THROW(bench.redeem({answers(200, R"({"access_token": "a"})")}), Error);
    EXPECT_THAT(bench.transport.sent, SizeIs(1));
}

} // namespace
} // namespace pcmirror
