#include "tests/process/commands_login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr uid_t service = 65534;

/// Signs in by device code, which needs nobody.
Outcome sign_in(const NotSignedIn& place) {
    place.tokens({{"approve_device_codes", true}});
    return place.call({"--device-code", "--json"});
}

uid_t owner_of(const std::filesystem::path& file) {
    struct stat found = {};
    return ::lstat(file.c_str(), &found) == 0 ? found.st_uid : static_cast<uid_t>(-1);
}

TEST(LoginFile, IsSeenToBeWritableBeforeAnybodySignsIn) {
    const NotSignedIn place(nlohmann::json{{"refresh_token_file", "/proc/self/refresh_token"}});
    const Outcome outcome = place.call({});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("writing /proc/self/refresh_token"));
    EXPECT_THAT(place.calls(), IsEmpty());
}

TEST(LoginFile, ReplacesAnOldTokenAndLeavesNothingBeside) {
    const NotSignedIn place;
    write_file(place.directory / "refresh_token", "old");
    const Outcome outcome = sign_in(place);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(read_file(place.directory / "refresh_token"), "old");
    for (const auto& entry : std::filesystem::directory_iterator(place.directory.path()))
        EXPECT_NE(entry.path().filename().string().front(), '.') << entry.path();
}

TEST(LoginFile, StaysALinkWhereItIsOne) {
    const NotSignedIn place;
    std::filesystem::create_directory(place.directory / "kept");
    std::filesystem::create_symlink("kept/token", place.directory / "refresh_token");
    const Outcome outcome = sign_in(place);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_TRUE(std::filesystem::is_symlink(place.directory / "refresh_token"));
    EXPECT_FALSE(read_file(place.directory / "kept" / "token").empty());
}

TEST(LoginFile, IsKeptWhereTheApiRefusesTheUser) {
    const std::vector<std::pair<nlohmann::json, const char*>> refusals = {
        {{{"fault", "refuse"}, {"path", "/v1/customers"}}, "AdminAgents"},
        {{{"fault", "mfa_401"}, {"form", "new"}}, "MFA"},
        {{{"fault", "mfa_noncompliant"}}, "had no MFA"}};
    for (const auto& [rule, expected] : refusals) {
        const NotSignedIn place;
        place.fault(rule);
        const Outcome outcome = sign_in(place);
        EXPECT_EQ(outcome.exit_code, 4) << rule;
        EXPECT_THAT(outcome.err, AllOf(HasSubstr("is stored, but"), HasSubstr(expected)));
        EXPECT_TRUE(place.has_token());
        const auto document = nlohmann::json::parse(outcome.out);
        EXPECT_EQ(document["works"], false);
        EXPECT_THAT(document["problem"].get<std::string>(), Not(IsEmpty()));
    }
}

/// Root signs in for a service whose user is another one.
class LoginFileOfRoot : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0)
            GTEST_SKIP() << "only root may give files away";
    }

    static void give(const std::filesystem::path& path) {
        ASSERT_EQ(::lchown(path.c_str(), service, service), 0);
    }
};

TEST_F(LoginFileOfRoot, BelongsToTheOwnerOfItsDirectoryWhoCanRotateIt) {
    NotSignedIn place;
    // Where the service's user may read it.
    write_file(place.directory / "ca.pem", read_file(place.simulator.fact("ca_file")));
    place.configure({{"tls_ca_file", "ca.pem"}});
    for (const char* name : {".", "state", "client_secret", "pcmirror.yaml", "ca.pem"})
        give(place.directory / name);
    const Outcome outcome = sign_in(place);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const auto file = place.directory / "refresh_token";
    EXPECT_EQ(owner_of(file), service);
    EXPECT_THAT(outcome.err, Not(HasSubstr("warning")));
    EXPECT_EQ(nlohmann::json::parse(outcome.out)["mode"], "0600");

    const std::string before = read_file(file);
    std::vector<std::string> words = {
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", places::program, "check"};
    words.insert(words.end(), {"--config", place.config.string()});
    EXPECT_THAT(run(words).out, HasSubstr("ok      sign-in as user"));
    EXPECT_NE(read_file(file), before);
    EXPECT_EQ(owner_of(file), service);
}

TEST_F(LoginFileOfRoot, IsGivenBackWhereRootHadMadeIt) {
    const NotSignedIn place;
    give(place.directory.path());
    write_file(place.directory / "refresh_token", "pasted by root");
    EXPECT_EQ(sign_in(place).exit_code, 0);
    EXPECT_EQ(owner_of(place.directory / "refresh_token"), service);
}

TEST_F(LoginFileOfRoot, IsWarnedOfInADirectoryOfRoot) {
    const NotSignedIn place;
    const Outcome outcome = sign_in(place);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(owner_of(place.directory / "refresh_token"), 0U);
    EXPECT_THAT(
        outcome.err, HasSubstr("warning: the directory " + place.directory.path().string())
    );
    EXPECT_THAT(outcome.err, HasSubstr("run: chown -R "));
}

TEST_F(LoginFileOfRoot, IsNotWrittenWhereSomebodyElsesLinkLeads) {
    const NotSignedIn place;
    std::filesystem::create_directory(place.directory / "precious");
    write_file(place.directory / "precious" / "file", "precious");
    std::filesystem::create_symlink("precious/file", place.directory / "refresh_token");
    give(place.directory.path());
    give(place.directory / "refresh_token");
    const Outcome outcome = sign_in(place);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("which is not theirs"));
    EXPECT_EQ(read_file(place.directory / "precious" / "file"), "precious");
    EXPECT_THAT(place.calls(), IsEmpty());
}

} // namespace
} // namespace pcmirror::testing
