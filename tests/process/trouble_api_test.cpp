#include "tests/process/trouble_fixture.hpp"

namespace pcmirror::testing {
namespace {

const std::vector<std::string> small_world = {"--customers", "5", "--subscriptions", "2"};

nlohmann::json api(const nlohmann::json& settings) {
    return {{"partner_center", settings}};
}

/// What fails for the sign-in or the network leaves the mirror as it is.
class ApiTrouble : public ::testing::Test {
  protected:
    ApiTrouble() : installation({.simulator = small_world}) {}

    void SetUp() override { ASSERT_EQ(installation.call({"sync"}).exit_code, 0); }

    void TearDown() override {
        EXPECT_EQ(installation.database.number("select count(*) from partner_center.customers"), 5);
        EXPECT_EQ(
            installation.database.number("select count(*) from pcmirror.sync_scopes where "
                                         "lease_daemon is not null"),
            0
        );
    }

    Installation installation;
};

TEST_F(ApiTrouble, OfAWrongClientSecretExitsFour) {
    write_file(installation.directory / "client_secret", "not-the-secret-of-this-app");
    expect_trouble(installation, installation.call({"sync"}), 4, "AADSTS7000215", "secret");
}

TEST_F(ApiTrouble, OfARevokedRefreshTokenExitsFour) {
    installation.simulator.control("POST", "/tokens", {{"revoke_refresh_token", true}});
    expect_trouble(installation, installation.call({"sync"}), 4, "signing in: ", "consent");
}

TEST_F(ApiTrouble, OfAMissingRefreshTokenExitsFour) {
    installation.configure(api({{"refresh_token_file", "no_such_file"}}));
    expect_trouble(installation, installation.call({"sync"}), 4, "no_such_file", "consent");
}

TEST_F(ApiTrouble, OfAnApiOutOfReachExitsFour) {
    const DeafPort port;
    installation.configure(api({{"api_url", "http://" + port.place()}, {"max_attempts", 2}}));
    expect_trouble(installation, installation.call({"sync"}), 4, port.place(), "api_url");
}

TEST_F(ApiTrouble, OfASignInServiceOutOfReachExitsFour) {
    const DeafPort port;
    installation.configure(api({{"login_url", "http://" + port.place()}, {"max_attempts", 2}}));
    expect_trouble(installation, installation.call({"sync"}), 4, port.place(), "login_url");
}

TEST(Certificate, ThatIsNotTrustedExitsFour) {
    std::vector<std::string> options = small_world;
    options.emplace_back("--tls");
    Installation installation({.simulator = options});
    EXPECT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
    installation.configure(api({{"tls_ca_file", ""}}));
    expect_trouble(installation, installation.call({"sync"}), 4, "certificate", "tls_ca_file");
}

TEST(Certificate, OfAnotherHostExitsFour) {
    std::vector<std::string> options = small_world;
    options.insert(options.end(), {"--tls", "--bad-certificate", "wrong-host"});
    const Installation installation({.simulator = options});
    expect_trouble(installation, installation.call({"sync"}), 4, "certificate", "");
}

TEST(CustomerTrouble, OfOneThatDoesNotExistExitsTwo) {
    const Installation installation({.simulator = small_world});
    ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
    const std::string nobody = "00000000-0000-4000-8000-000000000000";
    expect_trouble(
        installation,
        installation.call({"sync", "--customer", nobody}),
        2,
        nobody,
        "pcmirror sync customers"
    );
    expect_trouble(
        installation,
        installation.call({"get", "subscriptions", "--customer", nobody}),
        2,
        nobody,
        "pcmirror sync customers"
    );
}

} // namespace
} // namespace pcmirror::testing
