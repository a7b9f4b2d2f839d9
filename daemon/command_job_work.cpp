#include "daemon/commands.hpp"
#include "daemon/output.hpp"
#include "daemon/prepare.hpp"
#include "daemon/program.hpp"
#include "daemon/stop_signals.hpp"
#include "daemon/work_progress.hpp"
#include "daemon/write_back.hpp"
#include "schema/counted.hpp"
#include "sync/poll/tasks.hpp"
#include "sync/write/workers.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <optional>
#include <vector>

namespace pcmirror {
namespace {

/// Works beside the line that tells of it; none: no terminal is there.
asio::awaitable<void>
work(Workers& workers, std::optional<WorkProgress>& progress, Worked& worked) {
    TaskGroup drawing(co_await asio::this_coro::executor);
    if (progress)
        drawing.spawn(progress->keep_drawing());
    std::exception_ptr failure;
    try {
        worked = co_await workers.work_until_empty();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    drawing.cancel();
    co_await drawing.join();
    progress.reset();
    if (failure)
        std::rethrow_exception(failure);
}

void tell_of(JobTally jobs) {
    std::ranges::sort(jobs.failed);
    tell(named_jobs_text(jobs.failed, "failed"));
    std::vector<std::int64_t> put_off;
    for (const auto& [job_id, why] : jobs.put_off)
        put_off.push_back(job_id);
    tell(named_jobs_text(put_off, "put off, to be tried again"));
}

/// Jobs wait, and no request of any has left.
void require_reached(const JobTally& jobs) {
    if (!jobs.put_off.empty() && !jobs.reached)
        throw Error(
            Recovery::fix_api,
            jobs.put_off.begin()->second,
            "jobs wait in the queue; once the API answers, run it again"
        );
}

ExitCode run_work(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    if (!settings.write_back.enabled)
        throw Error(
            Recovery::fix_config,
            "write_back.enabled is false: jobs wait",
            "set it to true to have them worked on"
        );
    StopSignals signals(settings.shutdown_grace, ExitCode::partial);
    prepare_schema(settings);
    Program program(settings, "job");
    program.session().renew();
    publish_operations(program.pool(), settings, program.session().id());
    Workers workers(program.executor(), program.mirror());
    const auto attached = signals.attach({[&] { program.cancel(); }});
    std::optional<WorkProgress> progress;
    if (stderr_is_lively())
        progress.emplace(program.pool());
    Worked worked;
    std::exception_ptr failure;
    try {
        program.run(work(workers, progress, worked));
    } catch (...) {
        failure = std::current_exception();
    }
    print(counted(workers.attempts(), "attempt") + " at jobs\n");
    if (failure && !is_cancellation(failure))
        std::rethrow_exception(failure);
    tell_of(worked.jobs);
    if (failure) {
        tell("interrupted; what is left waits in the queue\n");
        return ExitCode::partial;
    }
    if (worked.trouble)
        throw Error(*worked.trouble);
    require_reached(worked.jobs);
    return worked.jobs.failed.empty() ? ExitCode::success : ExitCode::partial;
}

constexpr std::array options{
    Option{
        .name = "--until-empty",
        .text = "end when nothing is due any more; without it: pcmirror run",
        .needed = true},
};

} // namespace

const Command job_work_command{
    .name = "job work",
    .summary = "do the jobs that are due, then exit",
    .options = options,
    .more = "Jobs that failed, and those that were put off, are named on stderr.",
    .example = "pcmirror job work --until-empty",
    .exit_codes =
        "0 success, also where jobs are to be tried again later; 1 jobs failed, or interrupted; "
        "2 usage or configuration error; "
        "3 database; 4 API or credentials: jobs wait",
    .run = run_work,
};

} // namespace pcmirror
