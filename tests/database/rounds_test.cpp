#include "sync/db/report_store.hpp"
#include "sync/db/rounds.hpp"
#include "sync/db/scope_store.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The rounds of a resource, and the scopes that are left in them.
class StoredRounds : public MirrorFixture {
  protected:
    StoredRounds() { add_customers({guid(1), guid(2), guid(3)}); }

    Round enter(std::chrono::milliseconds lasts, std::chrono::milliseconds late_by = 0ms) {
        return wait_for(enter_round(pool_, resource(), lasts, late_by));
    }

    [[nodiscard]] static const Resource& resource() { return *catalogue().find("subscriptions"); }

    /// As if so much time had passed since the round began.
    void age_round(const std::string& time) const {
        database_.execute(
            "update pcmirror.rounds set started_at = started_at - interval '" + time +
            "', due_at = due_at - interval '" + time + "'"
        );
    }

    void set_scope(const std::string& customer, const std::string& values) const {
        database_.execute(fmt::format(
            "update pcmirror.sync_scopes set {} where customer_id = '{}'", values, customer
        ));
    }

    void prepare() {
        ScopeStore scopes(pool_);
        wait_for(scopes.prepare(resource(), {}));
        database_.execute("update pcmirror.sync_scopes set last_attempt_at = now(), "
                          "last_success_at = now()");
    }

    static PlanOptions left_in(const Round& round) {
        PlanOptions options;
        options.not_since = round.started_at;
        return options;
    }

    std::vector<std::string> planned(const PlanOptions& options) {
        ScopeStore scopes(pool_);
        std::vector<std::string> customers;
        for (const PlannedScope& scope : wait_for(scopes.plan(resource(), options)).scopes)
            if (!scope.rests)
                customers.push_back(scope.customer_id);
        return customers;
    }
};

TEST_F(StoredRounds, AreJoinedUntilTheyAreOver) {
    const Round first = enter(1h);
    EXPECT_EQ(enter(1h).started_at, first.started_at);
    age_round("59 minutes");
    const Round joined = enter(1h);
    EXPECT_GE(joined.age, 59min);
    age_round("2 minutes");
    const Round next = enter(1h);
    EXPECT_LT(next.age, 1min);
}

TEST_F(StoredRounds, AreOverAnIntervalAfterTheyWereDueHoweverLateTheyBegan) {
    enter(1h, 10min);
    age_round("51 minutes");
    EXPECT_LT(enter(1h).age, 1min);
}

TEST_F(StoredRounds, OfAClockThatWasSetBackEnd) {
    enter(1h);
    age_round("-2 days");
    EXPECT_LT(enter(1h).age, 1min);
}

TEST_F(StoredRounds, LeaveWhatWasAskedSinceTheyBegan) {
    const Round round = enter(1h);
    prepare();
    set_scope(guid(1), "last_attempt_at = now() - interval '1 hour'");
    EXPECT_THAT(planned(left_in(round)), ElementsAre(guid(1)));
}

TEST_F(StoredRounds, TakeWhatWasAskedInTheFutureForNotAsked) {
    const Round round = enter(1h);
    prepare();
    set_scope(
        guid(2),
        "last_attempt_at = now() + interval '1 day', last_success_at = now() + interval '1 day'"
    );
    EXPECT_THAT(planned(left_in(round)), ElementsAre(guid(2)));
    ScopeStore scopes(pool_);
    const auto id = database_.number(
        "select scope_id from pcmirror.sync_scopes where customer_id = '" + guid(2) + "'"
    );
    EXPECT_THAT(wait_for(scopes.settled_since({id}, round.started_at)), IsEmpty());
    EXPECT_EQ(wait_for(scopes.claim(session_.id(), {id}, round.started_at)).size(), 1U);
}

TEST_F(StoredRounds, LetNothingRestThatWasAskedInTheFuture) {
    prepare();
    set_scope(guid(1), "state = 'refused', last_attempt_at = now() + interval '1 day'");
    set_scope(guid(2), "state = 'failing', last_attempt_at = now() + interval '1 day'");
    set_scope(guid(3), "state = 'refused'");
    EXPECT_THAT(planned({.only_due = true}), ::testing::UnorderedElementsAre(guid(1), guid(2)));
}

TEST_F(StoredRounds, TakeInNothingOfAThrottledCustomer) {
    prepare();
    set_scope(guid(1), "last_attempt_at = null");
    set_scope(guid(2), "last_attempt_at = null");
    database_.execute(
        "insert into pcmirror.throttled_customers (customer_id, blocked_until) values ('" +
        guid(1) + "', now() + interval '10 minutes')"
    );
    PlanOptions more;
    more.only_unasked = more.only_free = more.only_due = true;
    EXPECT_THAT(planned(more), ElementsAre(guid(2)));
}

TEST_F(StoredRounds, LeaveAloneWhatFailedForAThrottledCustomer) {
    prepare();
    set_scope(
        guid(1),
        "state = 'failing', consecutive_failures = 1, last_attempt_at = now() - interval '1 hour'"
    );
    ReportStore reports(pool_);
    EXPECT_TRUE(wait_for(reports.has_unasked(resource())));
    database_.execute(
        "insert into pcmirror.throttled_customers (customer_id, blocked_until) values ('" +
        guid(1) + "', now() + interval '10 minutes')"
    );
    EXPECT_FALSE(wait_for(reports.has_unasked(resource())));
    EXPECT_GT(*reports.state_of(resource()).retry_in, 500);
}

TEST_F(StoredRounds, TakeInWhatFailedAndHasRested) {
    prepare();
    enter(1h);
    age_round("30 minutes");
    const Round round = enter(1h);
    const std::string failing =
        "state = 'failing', consecutive_failures = 2, last_attempt_at = now() - interval ";
    // Two minutes after two failures, one minute after one.
    set_scope(guid(1), failing + "'61 seconds'");
    set_scope(guid(2), failing + "'121 seconds'");
    set_scope(guid(3), "last_attempt_at = null");
    PlanOptions more;
    more.only_unasked = more.only_free = more.only_due = true;
    EXPECT_THAT(planned(more), ::testing::UnorderedElementsAre(guid(2), guid(3)));
    ScopeStore scopes(pool_);
    const auto ids =
        database_.rows("select scope_id from pcmirror.sync_scopes where resource = 'subscriptions'"
        );
    std::vector<std::int64_t> all;
    for (const auto& row : ids)
        all.push_back(std::stoll(*row[0]));
    EXPECT_EQ(wait_for(scopes.claim(session_.id(), all, round.started_at)).size(), 2U);
    EXPECT_THAT(planned(more), IsEmpty()) << "somebody is at them";
}

} // namespace
} // namespace pcmirror::testing
