#include "tests/simulated/write_jobs.hpp"

#include <functional>
#include <optional>

namespace pcmirror::testing {
namespace {

/// Somebody has locked what a customer's jobs are to write.
class WriteLocks : public WriteJobs {
  protected:
    void SetUp() override {
        writable_world();
        customer_ = customer_with_users();
    }

    /// Until `unlock`.
    void lock(const std::string& rows) {
        holder_.emplace(database_.secret_url().reveal());
        lock_.emplace(*holder_);
        lock_->exec("select from " + rows + " for update");
    }

    void lock_scope(const std::string& resource) {
        lock(fmt::format(
            "pcmirror.sync_scopes where resource = '{}' and customer_id = '{}'", resource, customer_
        ));
    }

    void unlock() {
        lock_.reset();
        holder_.reset();
    }

    [[nodiscard]] bool is_locked() const { return lock_.has_value(); }

    /// Works until nothing is due, and unlocks once that is so.
    void work_until(const std::function<bool()>& enough) {
        engine().work_jobs([&] {
            if (is_locked() && enough())
                unlock();
        });
        EXPECT_FALSE(is_locked());
    }

    /// That its answer is stored, so that it will not be sent again.
    [[nodiscard]] bool is_safe(long long job) const {
        return field(job, "answered_at").has_value();
    }

    [[nodiscard]] long long rename_another() const {
        return rename(another_than(customer_), "Other");
    }

    void expect_done_once(long long job) const {
        expect_succeeded(job);
        EXPECT_EQ(field(job, "attempts"), "1");
        EXPECT_EQ(field(job, "http_status"), "200");
        EXPECT_EQ(
            rows(
                "pcmirror.write_job_attempts",
                fmt::format("job_id = {} and outcome = 'succeeded'", job)
            ),
            1
        );
    }

    /// Of two customers' jobs that of the locked one.
    void expect_one_waits_and_one_goes_on() {
        const long long waits = rename(customer_, "New");
        const long long goes_on = rename_another();
        work_until([&] { return is_safe(waits) && field(goes_on, "state") == "succeeded"; });
        expect_done_once(waits);
        expect_done_once(goes_on);
        expect_mirror_shows_world();
    }

    std::string customer_;

  private:
    std::optional<pqxx::connection> holder_;
    std::optional<pqxx::work> lock_;
};

TEST_F(WriteLocks, OnACustomersScopeKeepNobodyElseWaiting) {
    lock_scope("users");
    expect_one_waits_and_one_goes_on();
}

TEST_F(WriteLocks, OnACustomersRowsKeepNobodyElseWaiting) {
    lock("partner_center.users where customer_id = '" + customer_ + "'");
    expect_one_waits_and_one_goes_on();
}

TEST_F(WriteLocks, OnWhatIsToBeDueAreWaitedForSoThatItBecomesDue) {
    const auto license = database_.rows(
        "select user_id::text, sku_id from partner_center.user_licenses where customer_id = '" +
        customer_ + "' order by 1, 2 limit 1"
    );
    lock_scope("subscribed_skus");
    const long long job = enqueue(
        "assign_licenses",
        {{"user_id", *license.at(0)[0]}, {"licenses_to_remove", {*license[0][1]}}},
        customer_
    );
    work_until([&] { return is_safe(job); });
    expect_succeeded(job);
    EXPECT_EQ(effects("assign_licenses"), 1);
    EXPECT_EQ(scope("last_attempt_at", "subscribed_skus", customer_), "NULL");
}

TEST_F(WriteLocks, OnAJobItselfAreWaitedFor) {
    fault(
        {{"fault", "held_answer"},
         {"operation", "update_user"},
         {"customer", customer_},
         {"times", 1}}
    );
    const long long waits = rename(customer_, "New");
    const long long goes_on = rename_another();
    bool answered = false;
    engine().work_jobs([&] {
        if (!answered && asked("update_user", customer_) == 1) {
            lock(fmt::format("pcmirror.jobs where job_id = {}", waits));
            no_faults();
            answered = true;
        }
        if (is_locked() && field(goes_on, "state") == "succeeded")
            unlock();
    });
    EXPECT_TRUE(answered);
    expect_done_once(waits);
    expect_done_once(goes_on);
}

} // namespace
} // namespace pcmirror::testing
