#include "migrations/migrate.hpp"
#include "tests/support/test_database.hpp"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace pcmirror {
namespace {

using testing::Content;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TestDatabase;

constexpr std::array<Migration, 3> three{{
    {1, "0001_first", "create schema partner_center; create table partner_center.one (a integer);"},
    {2, "0002_second", "create table partner_center.two (a integer);"},
    {3, "0003_third", "alter table partner_center.two add column b text;"},
}};
constexpr std::span<const Migration> all(three);

template <typename Action> Error error_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return {Recovery::bug, "nothing was thrown"};
}

MigrateResult bring_to(pqxx::connection& connection, std::span<const Migration> known) {
    return migrate(connection, {.known = known});
}

TEST(Migrate, AppliesWhatIsPendingInOrderAndRecordsEach) {
    const TestDatabase database(Content::empty);
    pqxx::connection connection(database.url());

    EXPECT_THAT(bring_to(connection, all.first(1)).applied, ElementsAre("0001_first"));
    EXPECT_THAT(bring_to(connection, all).applied, ElementsAre("0002_second", "0003_third"));

    const MigrationStatus status = migration_status(connection, all);
    EXPECT_TRUE(status.current());
    ASSERT_EQ(status.applied.size(), 3U);
    EXPECT_EQ(status.applied[1].name, "0002_second");
    EXPECT_EQ(status.applied[1].checksum, checksum(three[1]));
    EXPECT_EQ(status.applied[1].applied_by, "postgres");
    EXPECT_NO_THROW(require_current(connection, all));
}

TEST(Migrate, TellsWhatAnEmptyDatabaseLacksWithoutWritingToIt) {
    const TestDatabase database(Content::empty);
    pqxx::connection connection(database.url());

    const MigrationStatus status = migration_status(connection, all);

    EXPECT_FALSE(status.initialised);
    EXPECT_EQ(status.pending.size(), 3U);
    EXPECT_THAT(
        pending_sql(connection, all),
        HasSubstr("-- 0002_second\nbegin;\ncreate table partner_center.two")
    );
    EXPECT_EQ(database.value("select to_regnamespace('pcmirror')"), std::nullopt);
    const Error error = error_of([&] { require_current(connection, all); });
    EXPECT_EQ(error.recovery(), Recovery::fix_database);
    EXPECT_THAT(error.hint(), HasSubstr("pcmirror migrate"));
}

TEST(Migrate, KeepsWhatCameBeforeAFailingMigrationAndNothingOfIt) {
    constexpr std::array<Migration, 2> broken{{
        three[0],
        {2, "0002_broken", "create table partner_center.two (a integer); select 1 / 0;"},
    }};
    const TestDatabase database(Content::empty);
    pqxx::connection connection(database.url());

    const Error error = error_of([&] { bring_to(connection, broken); });

    EXPECT_EQ(error.recovery(), Recovery::fix_database);
    EXPECT_STREQ(error.what(), "migration 0002_broken failed: division by zero");
    EXPECT_EQ(database.value("select to_regclass('partner_center.two')"), std::nullopt);
    EXPECT_EQ(database.number("select max(version) from pcmirror.schema_migrations"), 1);
}

TEST(Migrate, RefusesADatabaseThatIsNewer) {
    const TestDatabase database(Content::empty);
    pqxx::connection connection(database.url());
    bring_to(connection, all);

    const Error migrating = error_of([&] { bring_to(connection, all.first(2)); });
    const Error running = error_of([&] { require_current(connection, all.first(2)); });

    EXPECT_EQ(migrating.recovery(), Recovery::fix_database);
    EXPECT_THAT(migrating.what(), HasSubstr("0003_third"));
    EXPECT_THAT(running.what(), HasSubstr("newer than this program"));
}

TEST(Migrate, RefusesAnAlteredMigrationAndNamesIt) {
    const TestDatabase database(Content::empty);
    pqxx::connection connection(database.url());
    bring_to(connection, all);
    std::array<Migration, 3> altered = three;
    altered[1].sql = "create table partner_center.two (a bigint);";

    const Error error = error_of([&] { bring_to(connection, altered); });

    EXPECT_EQ(error.recovery(), Recovery::fix_database);
    EXPECT_THAT(error.what(), HasSubstr("0002_second"));
    EXPECT_THAT(
        error_of([&] { require_current(connection, altered); }).what(), HasSubstr("0002_second")
    );
}

TEST(Migrate, RefusesAMigrationThatLaterOnesHavePassed) {
    const TestDatabase database(Content::empty);
    pqxx::connection connection(database.url());
    bring_to(connection, all);
    database.execute("delete from pcmirror.schema_migrations where version = 1");

    EXPECT_THAT(error_of([&] { bring_to(connection, all); }).what(), HasSubstr("0001_first"));
}

TEST(Migrate, RunsOnceWhenManyProcessesStartAtOnce) {
    const TestDatabase database(Content::empty);
    std::array<std::vector<std::string>, 4> applied;

    {
        std::vector<std::jthread> threads;
        for (std::vector<std::string>& names : applied)
            threads.emplace_back([&] {
                pqxx::connection connection(database.url());
                names = bring_to(connection, all).applied;
            });
    }

    std::size_t total = 0;
    for (const std::vector<std::string>& names : applied)
        total += names.size();
    EXPECT_EQ(total, three.size());
    EXPECT_EQ(database.number("select count(*) from pcmirror.schema_migrations"), 3);
}

TEST(Migrate, WaitsForWritersAndSaysSoWhenTheyTakeTooLong) {
    const TestDatabase database(Content::empty);
    pqxx::connection connection(database.url());
    bring_to(connection, all.first(2));
    pqxx::connection writer(database.url());
    pqxx::work writing(writer);
    hold_schema(writing, all.first(2));

    const Error error = error_of([&] {
        migrate(connection, {.known = all, .lock_timeout = std::chrono::milliseconds(50)});
    });
    EXPECT_EQ(error.recovery(), Recovery::fix_database);
    EXPECT_THAT(error.what(), HasSubstr("locked for too long"));

    // What is current asks for no lock.
    EXPECT_THAT(
        migrate(connection, {.known = all.first(2), .lock_timeout = std::chrono::milliseconds(50)})
            .applied,
        IsEmpty()
    );
}

TEST(Migrate, StopsAWriterThatKnowsAnotherSchema) {
    const TestDatabase database(Content::empty);
    pqxx::connection connection(database.url());
    bring_to(connection, all);

    pqxx::work writing(connection);

    EXPECT_EQ(schema_version(writing), 3);
    EXPECT_NO_THROW(hold_schema(writing, all));
    const Error behind = error_of([&] { hold_schema(writing, all.first(2)); });
    EXPECT_EQ(behind.recovery(), Recovery::fix_database);
    EXPECT_THAT(behind.hint(), HasSubstr("update pcmirror"));
}

TEST(Migrate, ShowsAWriterThatWaitedTheSchemaAsItIsAfterwards) {
    const TestDatabase database(Content::empty);
    pqxx::connection connection(database.url());
    bring_to(connection, all.first(2));
    std::jthread writer;
    std::string seen;

    // Inside the migration that the writer then waits for.
    const auto start_writer = [&](const Migration&) {
        writer = std::jthread([&] {
            pqxx::connection other(database.url());
            pqxx::work writing(other);
            seen = error_of([&] { hold_schema(writing, all.first(2)); }).what();
        });
        while (database.number("select count(*) from pg_locks where locktype = 'advisory' and not "
                               "granted and database = (select oid from pg_database where datname "
                               "= current_database())") == 0)
            std::this_thread::yield();
    };
    migrate(connection, {.known = all, .starting = start_writer});
    writer.join();

    EXPECT_THAT(seen, HasSubstr("schema version 3"));
}

TEST(Migrate, BringsTheShippedSchemaToAnEmptyDatabase) {
    const TestDatabase database;
    pqxx::connection connection(database.url());

    EXPECT_NO_THROW(require_current(connection));
    EXPECT_FALSE(migrations().empty());
    EXPECT_EQ(
        database.rows("select distinct tableowner from pg_tables where schemaname in "
                      "('partner_center', 'pcmirror', 'reporting')"),
        (testing::Rows{{"pcmirror_owner"}})
    );
}

} // namespace
} // namespace pcmirror
