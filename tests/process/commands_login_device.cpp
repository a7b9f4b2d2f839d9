#include "tests/process/commands_login.hpp"
#include "tests/process/trouble_fixture.hpp"

#include <csignal>

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(LoginByDeviceCode, StoresARefreshTokenThatWorks) {
    const NotSignedIn place;
    place.tokens({{"device_polls", {"70016"}}, {"approve_device_codes", true}});
    const Outcome outcome = place.call({"--device-code"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(
        outcome.err,
        AllOf(HasSubstr("https://microsoft.com/devicelogin"), HasSubstr("enter the code ABCD1234"))
    );
    EXPECT_THAT(outcome.out, HasSubstr("signed in as admin@partner.example"));
    EXPECT_TRUE(place.has_token());
    EXPECT_THAT(
        outcome.err + outcome.out, Not(HasSubstr(read_file(place.directory / "refresh_token")))
    );
    EXPECT_THAT(outcome.err + outcome.out, Not(HasSubstr("device-1")));
}

TEST(LoginByDeviceCode, ProvesTheClientAsItsRegistrationWantsIt) {
    for (const Registration& one : registrations) {
        SCOPED_TRACE(one.kind + one.configured.dump());
        const NotSignedIn place(one.configured);
        place.tokens(
            {{"client_kind", one.kind}, {"approve_device_codes", true}, {"new_uri_name", true}}
        );
        const Outcome outcome = place.call({"--device-code", "--json"});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        const auto document = nlohmann::json::parse(outcome.out);
        EXPECT_EQ(document["client"], one.client);
        EXPECT_EQ(document["obtained_by"], "device_code");
    }
}

TEST(LoginByDeviceCode, PutsRefusalsIntoWordsAndStoresNothing) {
    const std::vector<std::pair<std::string, const char*>> words = {
        {"authorization_declined", "the user declined"},
        {"expired_token", "nobody entered the code before it expired"},
        {"70019", "nobody entered the code before it expired"},
        {"70018", "does not know the device's code"},
        {"53003", "without --device-code"},
        {"50097", "without --device-code"},
        {"530033", "without --device-code"},
        {"7000222", "the client secret has expired"}};
    const NotSignedIn place;
    for (const auto& [answer, expected] : words) {
        place.tokens({{"device_polls", {answer}}});
        const Outcome outcome = place.call({"--device-code"});
        EXPECT_EQ(outcome.exit_code, 4) << answer;
        EXPECT_THAT(outcome.err, AllOf(HasSubstr(expected), HasSubstr("hint: "))) << answer;
        EXPECT_THAT(outcome.out, IsEmpty());
        EXPECT_FALSE(place.has_token());
    }
}

TEST(LoginByDeviceCode, SaysThatTheClientHasToProveItself) {
    const NotSignedIn place(nlohmann::json{{"client_secret_file", nullptr}});
    const Outcome outcome = place.call({"--device-code"});
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(outcome.err, HasSubstr("allow public client flows"));
}

TEST(LoginByDeviceCode, EndsCleanlyOnCtrlC) {
    const NotSignedIn place;
    WaitingLogin login(place, {"--device-code"});
    login.process.signal(SIGINT);
    const Outcome outcome = login.process.wait();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("interrupted; nothing was stored"));
    EXPECT_FALSE(place.has_token());
}

TEST(LoginByDeviceCode, EndsWhenNobodyComesInTime) {
    const NotSignedIn place;
    const Outcome outcome = place.call({"--device-code", "--time-limit", "10ms"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("nobody signed in within 10ms"));
}

TEST(LoginByDeviceCode, SaysThatTheServiceCanNotBeReached) {
    const DeafPort deaf;
    const NotSignedIn place(nlohmann::json{{"login_url", "https://" + deaf.place()}});
    const Outcome outcome = place.call({"--device-code"});
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(deaf.place()), HasSubstr("login_url")));
}

TEST(LoginByDeviceCode, TrustsNoUnknownAuthority) {
    const NotSignedIn place(nlohmann::json{{"tls_ca_file", nullptr}});
    const Outcome outcome = place.call({"--device-code"});
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(outcome.err, HasSubstr("certificate"));
}

} // namespace
} // namespace pcmirror::testing
