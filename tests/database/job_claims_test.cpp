#include "sync/write/job_claims.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>

namespace pcmirror::testing {
namespace {

/// Jobs in lanes, without a catalogue of operations.
class ClaimedJobs : public MirrorFixture {
  protected:
    ClaimedJobs() { add_customers({guid(1), guid(2)}); }

    void queue(const std::string& customer) const {
        database_.execute(
            "insert into pcmirror.jobs (operation, customer_id, payload, created_by) values ('x', "
            "'" +
            customer + "', '{}', 'test')"
        );
    }

    void throttle(const std::string& customer, const std::string& time) const {
        database_.execute(
            "insert into pcmirror.throttled_customers (customer_id, blocked_until) values ('" +
            customer + "', now() + interval '" + time + "')"
        );
    }

    std::optional<std::chrono::duration<double>> next_due() {
        JobClaims claims(pool_);
        EXPECT_TRUE(wait_for(claims.claim(session_.id(), 1, {})).empty());
        return wait_for(claims.next_due(session_.id()));
    }
};

TEST_F(ClaimedJobs, AreLookedAtAgainWhenTheThrottlingOfTheirCustomerEnds) {
    throttle(guid(1), "10 minutes");
    throttle(guid(2), "5 minutes");
    EXPECT_FALSE(next_due()) << "nothing waits for it";
    queue(guid(1));
    const auto due = next_due();
    ASSERT_TRUE(due);
    EXPECT_GT(*due, std::chrono::minutes(6));
    EXPECT_LE(*due, std::chrono::minutes(10));
}

TEST_F(ClaimedJobs, OfOthersAreLookedAtSoonSinceNobodyTellsWhenTheseDie) {
    queue(guid(1));
    DaemonSession other(database_.secret_url(), "run");
    database_.execute(fmt::format(
        "update pcmirror.jobs set state = 'running', lease_daemon = {}, lease_token = 1, "
        "started_at = now(), request_id = gen_random_uuid()",
        other.renew()
    ));
    const auto due = next_due();
    ASSERT_TRUE(due);
    EXPECT_LE(*due, std::chrono::seconds(1));
    other.close();
    JobClaims claims(pool_);
    EXPECT_EQ(wait_for(claims.claim(session_.id(), 1, {})).size(), 1U) << "taken over";
    EXPECT_FALSE(wait_for(claims.next_due(session_.id()))) << "its own need no looking after";
}

} // namespace
} // namespace pcmirror::testing
