#include "tests/simulated/write_jobs.hpp"
#include "tests/support/write_matrix.hpp"

namespace pcmirror::testing {
namespace {

// One effect, whatever happens to the request: every operation of the catalogue with every fault,
// in every way in which the API may treat a request id that it has seen, and while its reads are
// behind. WriteMatrix.IsPrinted tells the cells and the exempt ones.

using nlohmann::json;

using OperationAndIds = std::tuple<std::string, std::string_view>;

class OneEffect : public WriteJobs, public ::testing::WithParamInterface<OperationAndIds> {
  protected:
    struct Running {
        WriteCell cell;
        std::string customer;
        json payload;
        long long job = 0;
    };

    [[nodiscard]] static const Operation& operation() {
        return *operation_catalogue().find(std::get<0>(GetParam()));
    }

    /// A world in which each cell has a job of its own, and a mirror of it.
    [[nodiscard]] std::vector<Running> prepare() {
        world({"--customers", "70", "--users", "6", "--subscriptions", "4"});
        // Where access was not delegated a customer's domains are left out: nobody can look there.
        turn({{"accepted", "none"}, {"delegated_access", "all"}});
        turn({{"request_ids", std::get<1>(GetParam())}});
        // Forgotten as soon as it was answered.
        turn({{"request_ids_kept", 0}});
        const std::vector<WriteCell> cells =
            cells_of_requests(operation(), std::get<1>(GetParam()));
        std::vector<PreparedJob> jobs =
            prepare_jobs(JobWorld(simulator()), operation(), cells.size());
        engine(
            {{"write_back",
              {{"operations", operation_names()}, {"settle_time", "1h"}, {"workers", 16}}},
             {"partner_center", {{"concurrency", 16}}}}
        );
        for (const std::string& resource : resources_for(operation()))
            engine().pass(resource);
        engine().work_jobs();
        std::vector<Running> running;
        for (std::size_t at = 0; at < cells.size(); ++at)
            running.push_back({cells[at], jobs[at].customer, std::move(jobs[at].payload)});
        return running;
    }

    /// Whether a request tells by its path which cell it is of.
    [[nodiscard]] static bool can_be_told_apart() {
        return operation().path.find('{') != std::string_view::npos;
    }

    void begin(Running& one) {
        if (one.cell.lag)
            hold(one);
        json rule = json::parse(one.cell.fault->rule);
        rule.update({{"operation", operation().name}, {"times", 1}});
        if (can_be_told_apart())
            rule["path"] = one.customer;
        fault(rule);
        one.job = enqueue(std::string(operation().name), one.payload, one.customer);
    }

    /// From now on nobody sees what becomes of the customer.
    void hold(const Running& one) {
        const json whose = one.customer.empty() ? json::object() : json{{"customer", one.customer}};
        simulator().control("POST", "/holds", whose);
    }

    void release(const Running& one) {
        simulator().control(
            "DELETE", "/holds" + (one.customer.empty() ? "" : "?customer=" + one.customer)
        );
    }

    [[nodiscard]] bool has(const Running& one, const std::string& column) const {
        return field(one.job, column).has_value();
    }

    [[nodiscard]] long long effects_of(const Running& one) const {
        return changes(simulator(), operation().name, one.customer);
    }

    /// Ends the lag of what only waits for the mirror to show it, which waits in earnest.
    void work(std::vector<Running>& cells) {
        engine().work_jobs([&] {
            for (const Running& one : cells)
                if (one.cell.lag && has(one, "answered_at"))
                    release(one);
        });
    }

    /// As if it was later: pauses are over, and, but for those whose effect shows late, the time
    /// after which what can't be seen didn't happen.
    void let_time_pass(const std::vector<Running>& cells) const {
        for (const Running& one : cells)
            database_.execute(fmt::format(
                "update pcmirror.jobs set run_after = now(), sent_at = sent_at - interval '{0}', "
                "lost_at = lost_at - interval '{0}' "
                "where state = 'queued' and job_id = {1}",
                one.cell.lag ? "0" : "1 hour",
                one.job
            ));
    }

    [[nodiscard]] bool all_ended(const std::vector<Running>& cells) const {
        return std::ranges::all_of(cells, [&](const Running& one) {
            return has(one, "finished_at");
        });
    }

    /// Does the jobs of the cells at once.
    void run(std::vector<Running> cells) {
        simulator().control("DELETE", "/effects");
        for (Running& one : cells)
            begin(one);
        work(cells);
        let_time_pass(cells);
        work(cells);
        for (const Running& one : cells)
            if (one.cell.lag) {
                expect_patience(one);
                release(one);
            }
        for (int round = 0; round < 30 && !all_ended(cells); ++round) {
            let_time_pass(cells);
            work(cells);
        }
        for (const Running& one : cells)
            expect_one_effect(one);
        for (const json& rule : simulator().control("GET", "/faults"))
            EXPECT_EQ(rule.at("fired"), 1) << rule;
        no_faults();
    }

    /// Nothing is to be seen yet, and nothing is done again.
    void expect_patience(const Running& one) const {
        EXPECT_EQ(effects_of(one), 1) << one.cell.fault->name << " while reads lag";
        // An answer without a body is whole however it is cut.
        if (operation().look == Look::none || one.cell.fault->name == "CutBody")
            return;
        EXPECT_FALSE(has(one, "finished_at")) << one.cell.fault->name << " while reads lag";
    }

    void expect_one_effect(const Running& one) const {
        SCOPED_TRACE(fmt::format("{}{}", one.cell.fault->name, one.cell.lag ? " with lag" : ""));
        expect_succeeded(one.job);
        EXPECT_EQ(effects_of(one), 1);
        EXPECT_GE(rows("pcmirror.write_job_attempts", fmt::format("job_id = {}", one.job)), 1);
    }
};

TEST_P(OneEffect, IsHadWhateverHappensToTheRequest) {
    std::vector<Running> cells = prepare();
    if (can_be_told_apart())
        run(std::move(cells));
    else
        for (Running& one : cells)
            run({std::move(one)});

    EXPECT_EQ(rows("pcmirror.job_secrets", "not of_answer"), 0);
    for (const std::string& resource : resources_shown_by(operation()))
        EXPECT_THAT(differences(database_, simulator(), resource), ::testing::IsEmpty())
            << resource;
}

std::string name_of(const ::testing::TestParamInfo<OperationAndIds>& chosen) {
    const auto& [operation, ids] = chosen.param;
    return operation + "_" + std::string(ids);
}

INSTANTIATE_TEST_SUITE_P(
    Matrix,
    OneEffect,
    ::testing::Combine(::testing::ValuesIn(operation_names()), ::testing::ValuesIn(id_modes)),
    name_of
);

} // namespace
} // namespace pcmirror::testing
