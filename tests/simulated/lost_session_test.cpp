#include "sync/db/leases.hpp"
#include "tests/support/end_session.hpp"
#include "tests/support/engine_test.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <pqxx/pqxx>
#include <utility>

namespace pcmirror::testing {
namespace {

using ::testing::IsEmpty;

constexpr long long scopes = 40;

/// Does something in the middle of a pass, once: when its first scope is done.
class InTheMiddle : public PassListener {
  public:
    explicit InTheMiddle(std::function<void()> action) : action_(std::move(action)) {}

    void started(const Resource&, const PassTotals&) override {}

    void advanced(const Resource&, const PassTotals&) override {
        if (const auto action = std::exchange(action_, nullptr))
            action();
    }

    void finished(const PassReport&) override {}

    void broken_off(const PassReport&) override {}

  private:
    std::function<void()> action_;
};

/// A first pass over subscriptions that claims two scopes at a time, so that most are not claimed
/// when its session is lost.
class LostSession : public EngineTest {
  protected:
    LostSession() : other_(database_.secret_url(), "test") {
        world({"--customers", std::to_string(scopes), "--subscriptions", "2"});
        engine({{"partner_center", {{"concurrency", 2}}}}).pass("customers");
        database_.execute(
            "create table public.claims (daemon bigint, alive boolean);"
            "create function public.note_claim() returns trigger language plpgsql as $$ begin "
            "insert into public.claims values (new.lease_daemon, " +
            leases::alive("new.lease_daemon") +
            "); return null; end $$;"
            "create trigger note_claim after update of lease_token on pcmirror.sync_scopes "
            "for each row execute function public.note_claim()"
        );
        turn({{"latency", 100}});
    }

    /// Ends the session at a moment at which no transaction claims or writes, and has another
    /// process take over at once what was leased.
    void lose_session() {
        lost_ = engine().session().id();
        pqxx::connection connection(database_.url());
        pqxx::work work(connection);
        work.exec("lock table pcmirror.sync_scopes in exclusive mode");
        end_session_of(database_, lost_);
        const pqxx::result taken_over = work.exec(
            "update pcmirror.sync_scopes set lease_token = nextval('pcmirror.lease_tokens'), "
            "lease_daemon = " +
            std::to_string(other_.renew()) + " where lease_daemon = " + std::to_string(lost_)
        );
        taken_over_ = static_cast<long long>(taken_over.affected_rows());
        EXPECT_GT(taken_over_, 0);
        EXPECT_GT(rows("pcmirror.sync_scopes", untouched), 0) << "the pass is in its middle";
        work.commit();
        turn({{"latency", 0}});
    }

    void expect_no_claim_under_the_lost_session() {
        EXPECT_EQ(rows("public.claims", "not alive"), 0);
    }

    /// The other process ends, and a second pass does what the first one left.
    void finish_mirror() {
        other_.close();
        EXPECT_EQ(engine(json::object()).pass("subscriptions").totals.scopes_ok, scopes);
        expect_mirror_equals_world();
        EXPECT_EQ(rows("pcmirror.sync_scopes", "lease_daemon is not null or state <> 'ok'"), 0);
        EXPECT_EQ(rows("pcmirror.sync_runs", "outcome = 'running'"), 0);
        undo_to(database_, 0);
        for (const char* table : {"customers", "subscriptions"})
            EXPECT_THAT(table_content(database_, table), IsEmpty()) << table;
    }

    static constexpr const char* untouched = "resource = 'subscriptions' and lease_token is null";

    DaemonSession other_;
    std::int64_t lost_ = 0;
    long long taken_over_ = 0;
};

TEST_F(LostSession, ClaimsNothingAndThePassGoesOnUnderTheNext) {
    InTheMiddle in_the_middle([&] { lose_session(); });

    engine().pass_beside_heartbeat("subscriptions", in_the_middle);

    EXPECT_NE(engine().session().id(), lost_);
    expect_no_claim_under_the_lost_session();
    EXPECT_EQ(rows("pcmirror.sync_scopes", untouched), 0);
    const std::string taken_over = "lease_daemon = " + std::to_string(other_.id());
    EXPECT_EQ(
        rows("pcmirror.sync_scopes", taken_over + " and last_attempt_at is null"), taken_over_
    );
    EXPECT_EQ(
        rows(
            "partner_center.subscriptions",
            "customer_id in (select customer_id from pcmirror.sync_scopes where " + taken_over + ")"
        ),
        0
    ) << "what somebody else has now is not written";
    finish_mirror();
}

TEST_F(LostSession, LeavesNoLeaseBehindWhereThePassFailsAfterIt) {
    InTheMiddle in_the_middle([&] {
        lose_session();
        fault(
            {{{"fault", "token_refused"}, {"path", "/subscriptions"}},
             {{"fault", "token_error"}, {"aadsts", 700082}}}
        );
    });

    EXPECT_THROW(engine().pass_beside_heartbeat("subscriptions", in_the_middle), Error);

    EXPECT_EQ(rows("pcmirror.sync_runs", "outcome = 'failed' and finished_at is not null"), 1);
    EXPECT_EQ(rows("pcmirror.sync_scopes", "lease_daemon <> " + std::to_string(other_.id())), 0);
    expect_no_claim_under_the_lost_session();
    no_faults();
    finish_mirror();
}

} // namespace
} // namespace pcmirror::testing
