#include "tests/database/pool_support.hpp"
#include "tests/support/test_database.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using ::testing::AllOf;
using testing::backend;
using testing::Content;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PrivateCluster;
using testing::TestDatabase;

DatabaseError refusal_of(const std::string& url) {
    return error_of([&] { open_database(Secret(url), "test"); });
}

TEST(Connecting, SaysWhichDatabaseAndWhatToDoAndNoPassword) {
    const TestDatabase database(Content::empty);

    const DatabaseError nobody =
        refusal_of("postgresql://me:sesame@127.0.0.1:1/mirror?connect_timeout=2");
    const DatabaseError missing =
        refusal_of(testing::with_database(database.url(), "no_such_database") + "&password=sesame");
    const DatabaseError stranger = refusal_of(database.url_as("no_such_role"));

    EXPECT_EQ(nobody.trouble(), DatabaseTrouble::unreachable);
    EXPECT_EQ(nobody.recovery(), Recovery::fix_database);
    EXPECT_THAT(
        nobody.what(),
        AllOf(
            HasSubstr("postgresql://me:***@127.0.0.1:1/mirror"),
            HasSubstr("Connection refused"),
            Not(HasSubstr("sesame"))
        )
    );
    EXPECT_THAT(nobody.hint(), HasSubstr("is PostgreSQL running"));
    EXPECT_THAT(
        missing.what(),
        AllOf(HasSubstr("\"no_such_database\" does not exist"), Not(HasSubstr("sesame")))
    );
    EXPECT_THAT(missing.hint(), HasSubstr("createdb"));
    EXPECT_THAT(stranger.what(), HasSubstr("role \"no_such_role\" does not exist"));
}

TEST(Connecting, SaysThatTheServerHasNoRoomForMore) {
    const PrivateCluster cluster(
        {"max_connections=2", "superuser_reserved_connections=0", "max_wal_senders=0"}
    );
    const DatabaseConnection first = open_database(Secret(cluster.url()), "first");
    const DatabaseConnection second = open_database(Secret(cluster.url()), "second");

    const DatabaseError error = refusal_of(cluster.url());

    EXPECT_EQ(error.trouble(), DatabaseTrouble::full);
    EXPECT_THAT(error.hint(), HasSubstr("max_connections"));
}

TEST(PoolAndServer, SurvivesARestartOfTheServer) {
    PrivateCluster cluster;
    asio::io_context loop;
    DatabasePool pool(loop.get_executor(), Secret(cluster.url()), 1, "test");
    EXPECT_NO_THROW(pool.run_now("asking", backend));

    cluster.stop("immediate");
    EXPECT_EQ(
        error_of([&] { pool.run_now("asking", backend); }).trouble(), DatabaseTrouble::unreachable
    );
    cluster.start();

    EXPECT_NO_THROW(pool.run_now("asking", backend));
}

} // namespace
} // namespace pcmirror
