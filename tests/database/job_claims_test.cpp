#include "sync/write/job_claims.hpp"
#include "tests/support/mirror_fixture.hpp"

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
        return wait_for(claims.next_due());
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

} // namespace
} // namespace pcmirror::testing
