#include "sync/db/leases.hpp"
#include "tests/support/end_session.hpp"
#include "tests/support/engine_test.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <pqxx/pqxx>
#include <stop_token>
#include <thread>
#include <utility>

namespace pcmirror::testing {
namespace {

using ::testing::IsEmpty;

constexpr long long scopes = 40;

class Nobody : public PassListener {
  public:
    void started(const Resource&, const PassTotals&) override {}

    void advanced(const Resource&, const PassTotals&) override {}

    void finished(const PassReport&) override {}

    void broken_off(const PassReport&) override {}
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
        forget_requests();
        fault({{"fault", "held_answer"}, {"path", "/subscriptions"}, {"after", 2}, {"times", 2}});
    }

    /// Does something in the middle of a pass: while it waits for the answers to its third and
    /// fourth scope, and has claimed no other.
    [[nodiscard]] std::jthread in_the_middle(std::function<void()> action) const {
        return std::jthread([this, action = std::move(action)](const std::stop_token& stop) {
            while (asked("list_subscriptions") < 4) {
                if (stop.stop_requested())
                    return;
                std::this_thread::yield();
            }
            action();
        });
    }

    /// Ends the session at a moment at which no transaction claims or writes, and has another
    /// process take over at once what was leased. Then the answers come; what is asked after them
    /// meets these faults.
    void lose_session(const json& faults = json::array()) {
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
        EXPECT_GE(taken_over_, 2);
        EXPECT_GT(rows("pcmirror.sync_scopes", untouched), 0) << "the pass is in its middle";
        // Nothing else is claimed before the end of this transaction.
        no_faults();
        fault(faults);
        work.commit();
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
    Nobody listens;
    std::jthread middle = in_the_middle([&] { lose_session(); });

    engine().pass_beside_heartbeat("subscriptions", listens);

    middle.request_stop();
    middle.join();
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
    Nobody listens;
    std::jthread middle = in_the_middle([&] {
        lose_session(
            {{{"fault", "token_refused"}, {"path", "/subscriptions"}},
             {{"fault", "token_error"}, {"aadsts", 700082}}}
        );
    });

    EXPECT_THROW(engine().pass_beside_heartbeat("subscriptions", listens), Error);

    middle.request_stop();
    middle.join();

    EXPECT_EQ(rows("pcmirror.sync_runs", "outcome = 'failed' and finished_at is not null"), 1);
    EXPECT_EQ(rows("pcmirror.sync_scopes", "lease_daemon <> " + std::to_string(other_.id())), 0);
    expect_no_claim_under_the_lost_session();
    no_faults();
    finish_mirror();
}

} // namespace
} // namespace pcmirror::testing
