#include "tests/process/trouble_fixture.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::IsEmpty;

nlohmann::json api(const nlohmann::json& settings) {
    return {{"partner_center", settings}};
}

/// What commands say that only read, of a mirror that is filled.
class Reading : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(installation.call({"sync"}).exit_code, 0);
        customer = *installation.database.value(
            "select customer_id::text from partner_center.customers order by 1"
        );
        installation.simulator.control("DELETE", "/log");
    }

    [[nodiscard]] Outcome get(const std::string& flag = "") const {
        std::vector<std::string> words{"get", "subscriptions", "--customer", customer};
        if (!flag.empty())
            words.push_back(flag);
        return installation.call(words);
    }

    void expect_all_exit_three(const std::string& wrong, const std::string& to_do) const {
        for (const Outcome& outcome : {installation.call({"plan"}), get(), get("--live")}) {
            expect_trouble(installation, outcome, 3, wrong, to_do);
            EXPECT_THAT(outcome.out, IsEmpty());
        }
        EXPECT_THAT(installation.simulator.control_lines("/log"), IsEmpty());
    }

    /// Only `get --live` asks the API, so only that ends by it.
    void expect_live_exits_four(const std::string& wrong, const std::string& to_do) const {
        const Outcome live = get("--live");
        expect_trouble(installation, live, 4, wrong, to_do);
        EXPECT_THAT(live.out, IsEmpty());
        EXPECT_EQ(get().exit_code, 0);
        EXPECT_EQ(installation.call({"plan"}).exit_code, 0);
    }

    Installation installation{{.simulator = {"--customers", "5", "--subscriptions", "2"}}};
    std::string customer;
};

TEST_F(Reading, WithoutServerExitsThree) {
    const DeafPort port;
    const std::string url =
        "postgresql://mirror:" + std::string(database_password) + "@" + port.place() + "/mirror";
    installation.configure({{"database", {{"url", url}}}});
    expect_all_exit_three(port.place(), "is PostgreSQL running there?");
}

TEST_F(Reading, WithoutDatabaseExitsThree) {
    const std::string url = with_database(test_cluster_url(), "no_such_database");
    installation.configure({{"database", {{"url", url}}}});
    expect_all_exit_three("\"no_such_database\"", "createdb");
}

TEST_F(Reading, OfASchemaBehindExitsThreeAndMigratesNothing) {
    const std::string last = *installation.database.value(
        "select name from pcmirror.schema_migrations order by version desc limit 1"
    );
    installation.database.execute(
        "delete from pcmirror.schema_migrations where name = '" + last + "'"
    );
    expect_all_exit_three(last, "pcmirror migrate");

    const TestDatabase empty(Content::empty);
    installation.configure({{"database", {{"url", empty.url()}}}});
    expect_all_exit_three("no pcmirror schema yet", "pcmirror migrate");
    EXPECT_EQ(empty.number("select count(*) from pg_namespace where nspname = 'pcmirror'"), 0);
}

TEST_F(Reading, OfASchemaAheadExitsThree) {
    installation.database.execute("insert into pcmirror.schema_migrations (version, name, checksum)"
                                  " values (9000, '9000_of_tomorrow', 'x')");
    expect_all_exit_three("9000_of_tomorrow", "update pcmirror");
}

TEST_F(Reading, OfAnAlteredSchemaExitsThree) {
    installation.database.execute(
        "update pcmirror.schema_migrations set checksum = 'other' where version = 1"
    );
    expect_all_exit_three("0001_engine", "a released migration never");
}

TEST_F(Reading, WithAWrongSecretExitsFourOnlyLive) {
    write_file(installation.directory / "client_secret", "not-the-secret-of-this-app");
    expect_live_exits_four("AADSTS7000215", "secret");
}

TEST_F(Reading, WithARevokedConsentExitsFourOnlyLive) {
    installation.simulator.control("POST", "/tokens", {{"revoke_refresh_token", true}});
    expect_live_exits_four("signing in: ", "consent");
}

TEST_F(Reading, WithAnApiOutOfReachExitsFourOnlyLive) {
    const DeafPort port;
    installation.configure(api({{"api_url", "http://" + port.place()}, {"max_attempts", 2}}));
    expect_live_exits_four(port.place(), "api_url");
}

TEST_F(Reading, WithASignInServiceOutOfReachExitsFourOnlyLive) {
    const DeafPort port;
    installation.configure(api({{"login_url", "http://" + port.place()}, {"max_attempts", 2}}));
    expect_live_exits_four(port.place(), "login_url");
}

TEST_F(Reading, WithAnApiThatRefusesEveryTokenExitsFourOnlyLive) {
    installation.fault({{"fault", "token_refused"}});
    expect_live_exits_four("the API refuses a fresh token", "register application");
}

TEST_F(Reading, OfSeveralCustomersIsNotHalfAnAnswerWhereTheApiIsOutOfReach) {
    const DeafPort port;
    installation.configure(api({{"api_url", "http://" + port.place()}, {"max_attempts", 2}}));
    const std::string other = *installation.database.value(
        "select customer_id::text from partner_center.customers order by 1 desc"
    );
    for (const std::string resource : {"customers", "subscriptions"}) {
        const Outcome outcome = installation.call(
            {"get", resource, "--customer", customer, "--customer", other, "--live", "--json"}
        );
        expect_trouble(installation, outcome, 4, port.place(), "api_url");
        EXPECT_THAT(outcome.out, IsEmpty());
    }
}

} // namespace
} // namespace pcmirror::testing
