#include "tests/simulated/write_jobs.hpp"

#include <algorithm>

namespace pcmirror::testing {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

/// What the API sees of jobs: which requests, when, and under which ids.
class WriteRequests : public WriteJobs {
  protected:
    /// Throttling is known to all processes, as where there is a budget.
    void budgeted_world() { writable_world(budgeted_); }

    /// Another process: what this one was told to wait for is only in the database.
    void start_again() {
        json settings = budgeted_;
        settings["write_back"]["operations"] = operation_names();
        engine(settings);
    }

    /// The request ids of the customer's update_user calls, in their order.
    [[nodiscard]] std::vector<std::string> ids(const std::string& customer) const {
        std::vector<std::string> ids;
        for (const json& request : requests("update_user", customer))
            ids.push_back(request.at("request_id"));
        return ids;
    }

    /// Renames a user of the customer while the first request meets the fault; returns the ids of
    /// its requests.
    [[nodiscard]] std::vector<std::string> ids_with(json rule) {
        const std::string customer = customer_with_users();
        no_faults();
        forget_requests();
        rule.update({{"operation", "update_user"}, {"times", 1}});
        fault(rule);
        const long long job = rename(customer, fmt::format("Name {}", rows("pcmirror.jobs")));
        finish(job);
        expect_succeeded(job);
        EXPECT_EQ(field(job, "attempts"), "2");
        return ids(customer);
    }

    [[nodiscard]] double seconds_until(const std::string& moment, const std::string& from) const {
        return std::stod(
            *database_.value("select extract(epoch from " + moment + " - now()) from " + from)
        );
    }

  private:
    const json budgeted_ = {
        {"partner_center", {{"requests_per_minute", 6000}}}, {"write_back", {{"workers", 1}}}};
};

TEST_F(WriteRequests, CarryTheSameIdWhereNobodyKnowsWhatBecameOfThem) {
    writable_world();
    for (const json& rule :
         {json{{"fault", "reset_before"}},
          json{{"fault", "reset_after"}},
          json{{"fault", "hang"}},
          json{{"fault", "status"}, {"status", 408}},
          json{{"fault", "status"}, {"status", 429}, {"retry_after", 0}},
          json{{"fault", "status"}, {"status", 500}},
          json{{"fault", "status"}, {"status", 503}, {"retry_after", 0}}}) {
        SCOPED_TRACE(rule.dump());
        const std::vector<std::string> ids = ids_with(rule);
        ASSERT_THAT(ids, SizeIs(2));
        EXPECT_THAT(ids, Each(ids.front()));
    }
}

TEST_F(WriteRequests, CarryAnotherIdOnceTheApiHasSaidLater) {
    writable_world();
    const std::vector<std::string> ids =
        ids_with({{"fault", "status"}, {"status", 409}, {"code", 900278}});
    ASSERT_THAT(ids, SizeIs(2));
    EXPECT_NE(ids.at(0), ids.at(1));
}

TEST_F(WriteRequests, OfTheCustomerThatIsThrottledWaitForAsLongAsTheAnswerAsks) {
    budgeted_world();
    const std::string customer = customer_with_users();
    fault(
        {{"fault", "status"},
         {"operation", "update_user"},
         {"customer", customer},
         {"status", 429},
         {"retry_after", 300},
         {"times", 1}}
    );
    const long long throttled = rename(customer, "New");
    const long long goes_on = rename(another_than(customer), "Other");
    engine().work_jobs();
    expect_succeeded(goes_on);
    EXPECT_EQ(field(throttled, "state"), "queued");
    EXPECT_EQ(field(throttled, "http_status"), "429");
    EXPECT_GT(pause_of(throttled), 250);
    EXPECT_EQ(rows("pcmirror.throttled_customers"), 1);
    EXPECT_GT(
        seconds_until(
            "blocked_until", "pcmirror.throttled_customers where customer_id = '" + customer + "'"
        ),
        250
    );

    // Also where it is due before that, and whoever works the queue.
    start_again();
    database_.execute("update pcmirror.jobs set run_after = now() where state = 'queued'");
    engine().work_jobs();
    EXPECT_THAT(ids(customer), SizeIs(1));

    database_.execute("update pcmirror.throttled_customers set blocked_until = now()");
    finish(throttled);
    expect_succeeded(throttled);
    const std::vector<std::string> ids = this->ids(customer);
    ASSERT_THAT(ids, SizeIs(2));
    EXPECT_EQ(ids.at(0), ids.at(1));
}

TEST_F(WriteRequests, OfAllWaitWhereThePartnerIsThrottled) {
    budgeted_world();
    // Longer than anybody waits for his turn.
    fault(
        {{"fault", "status"},
         {"operation", "create_customer"},
         {"status", 429},
         {"retry_after", 900},
         {"times", 1}}
    );
    const Operation& operation = *operation_catalogue().find("create_customer");
    const std::vector<PreparedJob> samples = prepare_jobs(JobWorld(simulator()), operation, 1);
    const long long throttled = testing::enqueue(database_, operation.name, samples.front());
    const long long waits = rename(customer_with_users(), "New");
    engine().work_jobs();
    for (const long long job : {throttled, waits}) {
        EXPECT_EQ(field(job, "state"), "queued");
        EXPECT_GT(pause_of(job), 800);
    }
    EXPECT_EQ(field(waits, "attempts"), "0");
    EXPECT_EQ(asked("update_user"), 0U);
}

TEST_F(WriteRequests, OfDifferentCustomersAreInFlightAtOnceAndOfOneNever) {
    writable_world();
    fault({{"fault", "held_answer"}, {"operation", "update_user"}});
    const std::string customer = customer_with_users();
    const std::string other = another_than(customer);
    const std::vector<long long> jobs = {
        rename(customer, "First"), rename(customer, "Second"), rename(other, "Other")};
    bool both = false;
    long long most_of_one = 0;
    engine().work_jobs([&] {
        const auto in_flight = database_.rows(
            "select count(*)::text from pcmirror.write_job_attempts a join pcmirror.write_jobs j "
            "using (job_id) where a.outcome is null group by j.customer_id"
        );
        both = both || (in_flight.size() == 2 && asked("update_user") == 2);
        for (const auto& row : in_flight)
            most_of_one = std::max(most_of_one, std::stoll(*row[0]));
        if (both)
            no_faults();
    });
    for (const long long job : jobs)
        expect_succeeded(job);
    EXPECT_TRUE(both);
    EXPECT_EQ(most_of_one, 1);
}

} // namespace
} // namespace pcmirror::testing
