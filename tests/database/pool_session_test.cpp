#include "sync/db/leases.hpp"
#include "sync/db/session.hpp"
#include "tests/support/end_session.hpp"
#include "tests/support/transaction_pooler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using testing::end_session_of;
using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::TransactionPooler;

class Session : public ::testing::Test {
  protected:
    bool alive(std::int64_t id) {
        return database.value("select " + leases::alive(std::to_string(id))) == "t";
    }

    TestDatabase database;
};

TEST_F(Session, LivesUntilItsConnectionEnds) {
    std::int64_t id = 0;
    {
        DaemonSession session(database.secret_url(), "run");
        id = session.renew();
        EXPECT_EQ(session.id(), id);
        EXPECT_TRUE(alive(id));
        EXPECT_EQ(
            database.value(
                "select kind from pcmirror.daemons where daemon_id = " + std::to_string(id)
            ),
            "run"
        );
    }
    while (alive(id)) {
    }
    EXPECT_EQ(database.number("select count(*) from pcmirror.daemons"), 1);
}

TEST_F(Session, KeepsItsIdAndMovesItsHeartbeatWhileNothingHappens) {
    DaemonSession session(database.secret_url(), "run");
    const std::int64_t id = session.renew();
    database.execute("update pcmirror.daemons set heartbeat_at = now() - interval '1 hour'");
    EXPECT_FALSE(alive(id));

    EXPECT_EQ(session.renew(), id);

    EXPECT_TRUE(alive(id));
}

TEST_F(Session, GetsAnotherIdAfterItsConnectionWasLost) {
    DaemonSession session(database.secret_url(), "run");
    const std::int64_t first = session.renew();
    end_session_of(database, first);
    EXPECT_FALSE(alive(first));

    const std::int64_t second = session.renew();

    EXPECT_NE(second, first);
    EXPECT_FALSE(alive(first));
    EXPECT_TRUE(alive(second));
}

TEST_F(Session, GetsAnotherIdAfterItsLockWasReleasedByAForeignHand) {
    DaemonSession session(database.secret_url(), "run");
    const std::int64_t first = session.renew();
    database.execute("delete from pcmirror.daemons");

    EXPECT_NE(session.renew(), first);
}

TEST_F(Session, HasNoIdWhileTheDatabaseIsAway) {
    DaemonSession session(Secret("postgresql://127.0.0.1:1/none?connect_timeout=2"), "run");
    EXPECT_THROW(session.renew(), DatabaseError);
    EXPECT_EQ(session.id(), 0);
}

TEST_F(Session, LeavesNoRowWhenItIsClosed) {
    DaemonSession session(database.secret_url(), "sync");
    const std::int64_t id = session.renew();
    session.close();
    EXPECT_EQ(session.id(), 0);
    EXPECT_FALSE(alive(id));
    EXPECT_EQ(database.number("select count(*) from pcmirror.daemons"), 0);
}

TEST_F(Session, ForgetsDaemonsThatDiedLongAgo) {
    database.execute("insert into pcmirror.daemons (pid, host, version, kind, heartbeat_at) values "
                     "(1, 'h', 'v', 'run', now() - interval '2 days'), (2, 'h', 'v', 'run', now() "
                     "- interval '1 hour')");
    DaemonSession session(database.secret_url(), "run");
    session.renew();
    EXPECT_EQ(
        database.rows("select pid from pcmirror.daemons where pid < 3"), (testing::Rows{{"2"}})
    );
}

TEST_F(Session, RefusesAPoolerThatHandsEachTransactionAnotherSession) {
    const TransactionPooler pooler(database.url());
    try {
        require_whole_sessions(Secret(pooler.url()));
        FAIL() << "the pooler was not noticed";
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_database);
        EXPECT_THAT(error.what(), HasSubstr("another session"));
        EXPECT_THAT(error.hint(), HasSubstr("session pooling"));
    }
    DaemonSession session(Secret(pooler.url()), "run");
    EXPECT_THROW(session.renew(), Error);
    EXPECT_EQ(session.id(), 0);
    EXPECT_NO_THROW(require_whole_sessions(database.secret_url()));
}

} // namespace
} // namespace pcmirror
