#include "tests/process/stopped_at.hpp"
#include "tests/process/write_process.hpp"

#include <functional>
#include <map>
#include <memory>
#include <pqxx/pqxx>

namespace pcmirror::testing {
namespace {

// One effect, whatever happens to the processes that write: killed at each step, frozen for longer
// than they may be, without database, two at once. WriteMatrix.IsPrinted tells the cells.

constexpr int killed = 128 + SIGKILL;

class OneEffectOfProcesses : public WritingProcesses {
  protected:
    void kill_at(const std::string& point) {
        const Job job = enqueue();
        const Outcome outcome = installation_.call(work_words(), stopped({.point = point}, mark()));
        EXPECT_EQ(outcome.exit_code, killed) << outcome.err;
        expect_point_reached(outcome.err);
        await_sessions_gone(database());
        const bool is_sent = point != "claimed" && point != "id stored";
        EXPECT_EQ(effects(job), is_sent ? 1 : 0);
        // Together with the end, where the mirror shows it at once.
        const bool is_lost = is_sent && field(job, "answered_at").empty();
        finish(job);
        expect_one_effect(job);
        if (is_lost)
            return;
        EXPECT_EQ(requests(job), 1);
        EXPECT_EQ(request_ids(job), 1) << "the one that was stored";
        if (operation().only_in_answer.empty())
            return;
        EXPECT_TRUE(database().value(fmt::format("select pcmirror.job_secret({})", job.id)));
    }

    void kill_while_it_waits() {
        installation_.fault({{"fault", "hang"}, {"operation", name()}, {"times", 1}});
        const Job job = enqueue();
        Process process(installation_.words(work_words()));
        while (effects(job) == 0)
            ASSERT_TRUE(process.running()) << process.err();
        process.kill();
        process.wait();
        await_sessions_gone(database());
        installation_.end_faults();
        finish(job);
        expect_one_effect(job);
    }

    /// A process that is stopped at the point of the job's way.
    [[nodiscard]] std::unique_ptr<Process> freeze_at(const std::string& point) const {
        auto process = std::make_unique<Process>(
            installation_.words(work_words()),
            stopped({.point = point, .signal = SIGSTOP, .asleep_s = 120}, mark())
        );
        while (process->running() && !is_stopped(*process))
            continue;
        expect_point_reached(process->err());
        return process;
    }

    /// Another process takes over what is frozen for longer than a lease lasts; it comes too late.
    void freeze_and_take_over(const std::string& point) {
        const Job job = enqueue();
        const std::unique_ptr<Process> frozen = freeze_at(point);
        database().execute(
            "update pcmirror.daemons set heartbeat_at = heartbeat_at - interval '2 minutes'"
        );
        finish(job);
        expect_one_effect(job);
        const long long sent = requests(job);
        const std::string before = record(job);
        frozen->signal(SIGCONT);
        frozen->wait();
        EXPECT_EQ(requests(job), sent);
        EXPECT_EQ(record(job), before);
        expect_one_effect(job);
    }

    void lose_database() {
        const Job job = enqueue();
        const std::unique_ptr<Process> process = freeze_at("answered");
        database().execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = "
            "current_database() and application_name like 'pcmirror%'"
        );
        process->signal(SIGCONT);
        process->wait();
        finish(job);
        expect_one_effect(job);
    }

    /// Two processes see the same jobs at the same moment.
    void race() {
        std::vector<Job> jobs;
        for (int number = 0; number < 6; ++number)
            jobs.push_back(enqueue());
        std::vector<std::unique_ptr<Process>> racers;
        {
            pqxx::connection connection(database().url());
            pqxx::work barrier(connection);
            barrier.exec("lock table pcmirror.jobs in exclusive mode");
            for (int number = 0; number < 2; ++number)
                racers.push_back(std::make_unique<Process>(installation_.words(work_words())));
            const std::string waiting =
                "select count(*) from pg_locks where relation = 'pcmirror.jobs'::regclass and not "
                "granted and database = (select oid from pg_database where datname = "
                "current_database())";
            while (database().number(waiting) < 2)
                for (const auto& racer : racers)
                    ASSERT_TRUE(racer->running()) << racer->err();
        }
        for (const auto& racer : racers)
            EXPECT_EQ(racer->wait().exit_code, 0) << racer->err();
        for (const Job& job : jobs) {
            finish(job);
            EXPECT_EQ(field(job, "state"), "succeeded") << field(job, "last_error");
            EXPECT_EQ(effects(job), job.customer.empty() ? 6 : 1);
            EXPECT_EQ(requests(job), job.customer.empty() ? 6 : 1);
        }
    }

    void run(const WriteCell& cell) {
        SCOPED_TRACE(cell.fault->name);
        installation_.simulator.control("DELETE", "/effects");
        installation_.simulator.control("DELETE", "/log");
        const std::map<std::string_view, std::function<void()>> ways{
            {"KilledClaimed", [&] { kill_at("claimed"); }},
            {"KilledIdStored", [&] { kill_at("id stored"); }},
            {"KilledSent", [&] { kill_while_it_waits(); }},
            {"KilledAnswered", [&] { kill_at("answered"); }},
            {"KilledRecorded", [&] { kill_at("recorded"); }},
            {"KilledRefreshed", [&] { kill_at("refreshed"); }},
            {"DatabaseLost", [&] { lose_database(); }},
            {"Race", [&] { race(); }},
            {"FrozenBeforeSending", [&] { freeze_and_take_over("id stored"); }},
            {"FrozenAnswered", [&] { freeze_and_take_over("answered"); }},
        };
        ways.at(cell.fault->name)();
    }
};

TEST_P(OneEffectOfProcesses, IsHadWhateverHappensToThem) {
    for (const WriteCell& cell : cells_of_processes(operation(), ids()))
        run(cell);

    EXPECT_EQ(
        database().number("select count(*) from pcmirror.job_secrets where not of_answer"), 0
    );
    for (const std::string& resource : resources_shown_by(operation()))
        // Of a PATCH that was accepted twice the second one, which changes but that, shows later.
        EXPECT_THAT(
            differences(database(), installation_.simulator, resource, "etag"), ::testing::IsEmpty()
        ) << resource;
}

std::string name_of(const ::testing::TestParamInfo<OperationAndIds>& chosen) {
    const auto& [operation, ids] = chosen.param;
    return operation + "_" + std::string(ids);
}

INSTANTIATE_TEST_SUITE_P(
    Matrix,
    OneEffectOfProcesses,
    ::testing::Combine(::testing::ValuesIn(killed_operations()), ::testing::ValuesIn(id_modes)),
    name_of
);

} // namespace
} // namespace pcmirror::testing
