#include "tests/process/trouble_fixture.hpp"
#include "tests/support/transaction_pooler.hpp"

namespace pcmirror::testing {
namespace {

/// A mirror that is filled, and stays as it is whatever happens to the programs that follow.
class DatabaseTrouble : public ::testing::Test {
  protected:
    DatabaseTrouble() : installation({.simulator = {"--customers", "5", "--subscriptions", "2"}}) {}

    void SetUp() override { ASSERT_EQ(installation.call({"sync"}).exit_code, 0); }

    void TearDown() override {
        EXPECT_EQ(installation.database.number("select count(*) from partner_center.customers"), 5);
        EXPECT_EQ(installation.database.number("select count(*) from pcmirror.sync_runs"), 2);
    }

    Outcome sync_with(const nlohmann::json& database_settings) {
        installation.configure({{"database", database_settings}});
        return installation.call({"sync"});
    }

    Installation installation;
};

TEST_F(DatabaseTrouble, OfAServerThatIsNotThereExitsThree) {
    const DeafPort port;
    const std::string url =
        "postgresql://mirror:" + std::string(database_password) + "@" + port.place() + "/mirror";
    const Outcome outcome = sync_with({{"url", url}});
    expect_trouble(installation, outcome, 3, port.place(), "is PostgreSQL running there?");
}

TEST_F(DatabaseTrouble, OfADatabaseThatIsNotThereExitsThree) {
    const std::string url = with_database(test_cluster_url(), "no_such_database");
    expect_trouble(installation, sync_with({{"url", url}}), 3, "\"no_such_database\"", "createdb");
}

TEST_F(DatabaseTrouble, OfANewerSchemaExitsThree) {
    installation.database.execute("insert into pcmirror.schema_migrations (version, name, checksum)"
                                  " values (9000, '9000_of_tomorrow', 'x')");
    expect_trouble(
        installation, installation.call({"sync"}), 3, "9000_of_tomorrow", "update pcmirror"
    );
    expect_trouble(
        installation, installation.call({"run"}), 3, "9000_of_tomorrow", "update pcmirror"
    );
}

TEST_F(DatabaseTrouble, OfAnAlteredMigrationExitsThree) {
    installation.database.execute(
        "update pcmirror.schema_migrations set checksum = 'other' where version = 1"
    );
    expect_trouble(
        installation, installation.call({"sync"}), 3, "0001_engine", "a released migration never"
    );
}

TEST_F(DatabaseTrouble, OfAPoolerThatBreaksSessionsExitsThree) {
    const TransactionPooler pooler(installation.database.url());
    expect_trouble(
        installation, sync_with({{"url", pooler.url()}}), 3, "the pooler at", "session pooling"
    );
}

TEST(DatabaseRights, ThatAreMissingExitThree) {
    PrivateCluster cluster;
    TestDatabase database(Content::migrated, cluster.url());
    Installation installation({.simulator = {"--customers", "5"}});
    const auto sync_as = [&](const std::string& user_and_password) {
        nlohmann::json settings = {{"url", database.url_as(user_and_password)}};
        installation.configure({{"database", settings}});
        return installation.call({"sync"});
    };
    database.execute(
        "create role stranger login; create role mirror login in role pcmirror_daemon password '" +
        std::string(database_password) + "'"
    );
    expect_trouble(installation, sync_as("stranger"), 3, "", "grant pcmirror_daemon");

    const std::string admits = *database.value("show hba_file");
    database.execute(
        "copy (values ('local all postgres trust'), ('local all all scram-sha-256')) to '" +
        admits + "'; select pg_reload_conf()"
    );
    while (database.number("select count(*) from pg_hba_file_rules") != 2 ||
           sync_as("stranger").err.find("password") == std::string::npos)
        continue;
    expect_trouble(
        installation,
        sync_as("mirror:wrong"),
        3,
        "password authentication failed",
        "user and password"
    );
    expect_trouble(installation, sync_as("mirror"), 3, "no password supplied", "~/.pgpass");
    EXPECT_EQ(sync_as("mirror:" + std::string(database_password)).exit_code, 0);
}

} // namespace
} // namespace pcmirror::testing
