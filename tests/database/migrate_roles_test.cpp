#include "migrations/migrate.hpp"
#include "sync/write/operation_store.hpp"
#include "tests/support/test_database.hpp"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace pcmirror {
namespace {

using ::testing::Contains;
using testing::Content;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PrivateCluster;
using testing::TestDatabase;

constexpr std::array<Migration, 2> two{{
    {1, "0001_first", "create schema partner_center; create table partner_center.one (a integer);"},
    {2,
     "0002_second",
     "create schema reporting; create view reporting.ones as select a from partner_center.one;"},
}};
constexpr std::span<const Migration> both(two);

// Roles belong to the cluster: each of these tests has its own.
class MigrateRoles : public ::testing::Test {
  protected:
    MigrateResult migrate_as(const std::string& user, std::span<const Migration> known = both) {
        pqxx::connection connection(database.url_as(user));
        return migrate(connection, {.known = known});
    }

    bool may(const std::string& user, const std::string& sql) {
        pqxx::connection connection(database.url_as(user));
        try {
            pqxx::nontransaction(connection).exec(sql);
            return true;
        } catch (const pqxx::insufficient_privilege&) {
            return false;
        }
    }

    std::string owner_of(const std::string& table) {
        return database.value("select tableowner from pg_tables where tablename = '" + table + "'")
            .value_or("nobody");
    }

    PrivateCluster cluster;
    TestDatabase database{Content::empty, cluster.url()};
};

TEST_F(MigrateRoles, AreCreatedAndGivenWhatTheyNeed) {
    EXPECT_THAT(migrate_as("postgres").statements, IsEmpty());
    database.execute("create role d login in role pcmirror_daemon;"
                     "create role a login in role pcmirror_analyst");

    EXPECT_EQ(owner_of("one"), "pcmirror_owner");
    EXPECT_TRUE(may("d", "insert into partner_center.one values (1)"));
    EXPECT_FALSE(may("d", "delete from pcmirror.schema_migrations"));
    EXPECT_FALSE(may("d", "create table partner_center.more (a integer)"));
    EXPECT_FALSE(may("d", "drop table partner_center.one"));
    EXPECT_TRUE(may("a", "select a from partner_center.one"));
    EXPECT_TRUE(may("a", "select a from reporting.ones"));
    EXPECT_FALSE(may("a", "insert into partner_center.one values (1)"));
    EXPECT_FALSE(may("a", "select from pcmirror.schema_migrations"));
}

TEST_F(MigrateRoles, LetOperatorsReadTheHistoryAndNobodyButTheDaemonPruneIt) {
    migrate_as("postgres", migrations());
    database.execute("create role d login in role pcmirror_daemon;"
                     "create role o login in role pcmirror_operator;"
                     "create role a login in role pcmirror_analyst");
    for (const char* table : {"change_log", "sync_scopes", "sync_runs", "rejected_records"}) {
        EXPECT_TRUE(may("o", std::string("select from pcmirror.") + table)) << table;
        EXPECT_FALSE(may("o", std::string("delete from pcmirror.") + table)) << table;
    }
    EXPECT_TRUE(may("o", "select from partner_center.customers"));
    EXPECT_FALSE(may("o", "delete from partner_center.customers"));
    for (const char* user : {"o", "a"}) {
        EXPECT_FALSE(may(user, "select pcmirror.prune_history('0')")) << user;
        EXPECT_FALSE(may(user, "select pcmirror.make_change_log_partitions()")) << user;
    }
    EXPECT_TRUE(may("d", "select pcmirror.prune_history('1 year')"));
}

TEST_F(MigrateRoles, LetOperatorsQueueJobsAndLookAfterThemButSeeNoSecret) {
    migrate_as("postgres", migrations());
    database.execute("create role d login in role pcmirror_daemon;"
                     "create role o login in role pcmirror_operator;"
                     "create role a login in role pcmirror_analyst;"
                     "insert into partner_center.customers (customer_id) values "
                     "('1a2b3c4d-0000-4000-8000-000000000001')");
    {
        pqxx::connection connection(database.url_as("d"));
        pqxx::work work(connection);
        write_operations(work, operation_catalogue(), AllowedOperations({}), 0);
        work.commit();
    }
    const std::string enqueue =
        "select pcmirror.enqueue_job('create_user', '1a2b3c4d-0000-4000-8000-000000000001', "
        "'{\"user_principal_name\": \"a@b\", \"display_name\": \"a\", \"usage_location\": "
        "\"FR\", \"password\": \"Geheim4711*\"}')";
    EXPECT_TRUE(may("o", enqueue));
    EXPECT_FALSE(may("a", enqueue));
    EXPECT_EQ(database.value("select created_by from pcmirror.write_jobs"), "o");
    for (const char* view : {"write_jobs", "write_job_attempts", "job_stats", "operations"})
        EXPECT_TRUE(may("o", std::string("select from pcmirror.") + view)) << view;
    EXPECT_TRUE(may("o", "select secret_waits from pcmirror.write_jobs")) << "that there is one";
    for (const char* sql :
         {"select from pcmirror.jobs",
          "select from pcmirror.job_secrets",
          "update pcmirror.jobs set state = 'queued'",
          "delete from pcmirror.write_job_attempts",
          "insert into pcmirror.operations select * from pcmirror.operations",
          "select pcmirror.prune_jobs('0', 1)",
          "select pcmirror.hold_jobs_after_restore()"})
        EXPECT_FALSE(may("o", sql)) << sql;
    for (const char* call :
         {"pause_jobs()", "resume_jobs()", "release_jobs()", "retry_job(1)", "cancel_job(1)"}) {
        EXPECT_FALSE(may("a", std::string("select pcmirror.") + call)) << call;
        EXPECT_TRUE(may("o", std::string("select pcmirror.") + call)) << call;
    }
    EXPECT_EQ(database.value("select state from pcmirror.write_jobs"), "cancelled");
    EXPECT_TRUE(may("d", "select pcmirror.hold_jobs_after_restore()"));
}

TEST_F(MigrateRoles, HandTheSecretOfAnAnswerToOperatorsOnly) {
    migrate_as("postgres", migrations());
    database.execute(
        "create role o login in role pcmirror_operator;"
        "create role a login in role pcmirror_analyst;"
        "create role stranger login;"
        "insert into pcmirror.jobs (operation, payload, state, finished_at, created_by) "
        "values ('create_customer', '{}', 'succeeded', now(), 'o');"
        "insert into pcmirror.job_secrets (job_id, field, value, of_answer) "
        "select job_id, 'answer', 'Geheim4711', true from pcmirror.jobs"
    );
    const std::string fetch = "select pcmirror.job_secret(1)";

    for (const char* user : {"a", "stranger"})
        EXPECT_FALSE(may(user, fetch)) << user;
    for (const char* user : {"o", "a", "stranger"})
        EXPECT_FALSE(may(user, "select from pcmirror.job_secrets")) << user;

    pqxx::connection connection(database.url_as("o"));
    EXPECT_EQ(pqxx::nontransaction(connection).exec(fetch)[0][0].as<std::string>(), "Geheim4711");
    EXPECT_EQ(database.number("select count(*) from pcmirror.job_secrets"), 0) << "and wiped";
}

TEST_F(MigrateRoles, ADryRunsScriptLeadsToTheSameDatabase) {
    std::string script;
    {
        pqxx::connection connection(database.url());
        script = pending_sql(connection);
    }
    database.execute(script);

    EXPECT_THAT(migrate_as("postgres", migrations()).applied, IsEmpty());
    EXPECT_EQ(owner_of("customers"), "pcmirror_owner");
    database.execute("create role d login in role pcmirror_daemon");
    EXPECT_TRUE(may("d", "update partner_center.customers set company_name = 'x'"));
    pqxx::connection connection(database.url());
    EXPECT_EQ(pending_sql(connection), "");
}

TEST_F(MigrateRoles, AreCreatedByWhoMayCreateRoles) {
    database.execute("create role keeper login createrole");
    database.execute("alter database " + database.name() + " owner to keeper");

    EXPECT_THAT(migrate_as("keeper").statements, IsEmpty());

    EXPECT_EQ(owner_of("one"), "pcmirror_owner");
    EXPECT_TRUE(may("keeper", "insert into partner_center.one values (1)"));
}

TEST_F(MigrateRoles, AreLeftToASuperuserWhereTheyMayNotBeCreated) {
    database.execute("create role plain login");
    database.execute("grant create on database " + database.name() + " to plain");

    const MigrateResult result = migrate_as("plain");

    EXPECT_EQ(result.applied.size(), 2U);
    EXPECT_EQ(owner_of("one"), "plain");
    EXPECT_THAT(result.statements, Contains(HasSubstr("create role pcmirror_analyst")));

    // The superuser runs what was printed; the next migration grants.
    for (const std::string& statement : result.statements)
        database.execute(statement);
    EXPECT_THAT(migrate_as("plain").statements, IsEmpty());
    database.execute("create role a login in role pcmirror_analyst");
    EXPECT_TRUE(may("a", "select a from reporting.ones"));
}

TEST_F(MigrateRoles, NameTheStatementThatARoleWithoutRightsNeeds) {
    database.execute("create role plain login");

    try {
        migrate_as("plain");
        FAIL() << "it migrated without the right to";
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_database);
        EXPECT_THAT(error.hint(), HasSubstr("grant create on database"));
    }
}

TEST_F(MigrateRoles, LetTheDaemonStartOnACurrentDatabaseAndRefuseItAMigration) {
    migrate_as("postgres", both.first(1));
    database.execute("create role d login in role pcmirror_daemon");

    EXPECT_THAT(migrate_as("d", both.first(1)).applied, IsEmpty());
    try {
        migrate_as("d");
        FAIL() << "the daemon migrated";
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_database);
        EXPECT_THAT(error.hint(), HasSubstr("database.migrate_url"));
    }
}

TEST_F(MigrateRoles, AreCreatedOnceByManyDatabasesAtOnce) {
    const TestDatabase second(Content::empty, cluster.url());
    const TestDatabase third(Content::empty, cluster.url());
    std::array<std::vector<std::string>, 3> refused;
    {
        std::vector<std::jthread> threads;
        std::size_t index = 0;
        for (const std::string& url : {database.url(), second.url(), third.url()})
            threads.emplace_back([url, &into = refused[index++]] {
                pqxx::connection connection(url);
                into = migrate(connection, {.known = both}).statements;
            });
    }
    for (const std::vector<std::string>& statements : refused)
        EXPECT_THAT(statements, IsEmpty());
    EXPECT_EQ(database.number("select count(*) from pg_roles where rolname ~ '^pcmirror_'"), 4);
}

} // namespace
} // namespace pcmirror
