#pragma once

#include "tests/process/kill_mirror_check.hpp"
#include "tests/support/queued_jobs.hpp"
#include "tests/support/write_matrix.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <tuple>

namespace pcmirror::testing {

using OperationAndIds = std::tuple<std::string, std::string_view>;

/// A mirrored world, and jobs of one operation that programs work on.
class WritingProcesses : public ::testing::TestWithParam<OperationAndIds> {
  protected:
    struct Job {
        std::string customer;
        long long id = 0;
    };

    WritingProcesses()
        : installation_(
              {.simulator = {"--customers", "40", "--users", "4", "--subscriptions", "4"},
               // With one connection, what is frozen before a transaction is within no other one.
               .settings =
                   {{"database", {{"pool_size", 1}}},
                    // Longer than anything here is held up: no attempt is to be given up.
                    {"partner_center", {{"request_timeout", "30s"}}},
                    {"write_back", {{"operations", operation_names()}, {"settle_time", "0s"}}}},
               .everything = true}
          ) {}

    void SetUp() override {
        const std::size_t racing = 6;
        prepared_ = prepare_jobs(
            JobWorld(installation_.simulator),
            operation(),
            cells_of_processes(operation(), ids()).size() + racing
        );
        // Whose PATCH of a subscription is answered later, as that of some is.
        installation_.simulator.control(
            "POST", "/switches", {{"accepted", "all"}, {"request_ids", api_mode()}}
        );
        for (const std::string& resource : resources_for(operation()))
            call({"sync", resource});
        work();
        installation_.simulator.control("DELETE", "/log");
    }

    [[nodiscard]] static const Operation& operation() {
        return *operation_catalogue().find(std::get<0>(GetParam()));
    }

    [[nodiscard]] static const std::string& name() { return std::get<0>(GetParam()); }

    [[nodiscard]] static std::string_view ids() { return std::get<1>(GetParam()); }

    /// What is to be forgotten is remembered at first.
    [[nodiscard]] static std::string api_mode() { return ids() == "ignore" ? "ignore" : "replay"; }

    void call(std::vector<std::string> arguments) const {
        const Outcome outcome = installation_.call(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    }

    [[nodiscard]] static std::vector<std::string> work_words() {
        return {"job", "work", "--until-empty"};
    }

    void work() const { call(work_words()); }

    /// Queues the next job.
    [[nodiscard]] Job enqueue() {
        const PreparedJob next = std::move(prepared_.back());
        prepared_.pop_back();
        return {next.customer, testing::enqueue(database(), operation().name, next)};
    }

    [[nodiscard]] const TestDatabase& database() const { return installation_.database; }

    [[nodiscard]] std::string field(const Job& job, const std::string& column) const {
        return database()
            .value(
                fmt::format("select {}::text from pcmirror.jobs where job_id = {}", column, job.id)
            )
            .value_or("");
    }

    /// All that the database knows of a job.
    [[nodiscard]] std::string record(const Job& job) const {
        return database()
            .value(fmt::format(
                "select jsonb_build_array(to_jsonb(j), (select jsonb_agg(a order by attempt) from "
                "pcmirror.write_job_attempts a where a.job_id = j.job_id)) from pcmirror.jobs j "
                "where job_id = {}",
                job.id
            ))
            .value();
    }

    /// How often the world was really changed for the customer.
    [[nodiscard]] long long effects(const Job& job) const {
        return changes(installation_.simulator, operation().name, job.customer);
    }

    /// How often the request was sent.
    [[nodiscard]] long long requests(const Job& job) const {
        long long sent = 0;
        for (const nlohmann::json& entry : installation_.simulator.control_lines("/log"))
            if (entry.at("endpoint") == name() && entry.at("customer") == job.customer)
                ++sent;
        return sent;
    }

    /// How many different ones its attempts carried.
    [[nodiscard]] long long request_ids(const Job& job) const {
        return database().number(fmt::format(
            "select count(distinct request_id) from pcmirror.write_job_attempts where job_id = {}",
            job.id
        ));
    }

    [[nodiscard]] std::filesystem::path mark() const { return installation_.directory / "mark"; }

    void expect_point_reached(const std::string& err) const {
        EXPECT_TRUE(std::filesystem::remove(mark())) << "the point was not reached\n" << err;
    }

    /// Works on the job with another process until it has ended.
    void finish(const Job& job) const {
        if (ids() == "forget")
            installation_.simulator.control("DELETE", "/request_ids");
        for (int round = 0; round < 10; ++round) {
            work();
            if (!field(job, "finished_at").empty())
                return;
            // As if it was later: what is not to be seen by now didn't happen.
            database().execute("update pcmirror.jobs set run_after = now(), sent_at = sent_at - "
                               "interval '30 seconds' where state = 'queued'");
        }
        ADD_FAILURE() << "the job does not end: " << field(job, "last_error");
    }

    void expect_one_effect(const Job& job) const {
        EXPECT_EQ(field(job, "state"), "succeeded") << field(job, "last_error");
        EXPECT_EQ(field(job, "confirmed"), "true");
        EXPECT_EQ(effects(job), 1);
    }

    const Installation installation_;

  private:
    std::vector<PreparedJob> prepared_;
};

} // namespace pcmirror::testing
