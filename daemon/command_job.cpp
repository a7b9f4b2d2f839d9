#include "daemon/commands.hpp"
#include "daemon/json.hpp"
#include "daemon/output.hpp"
#include "daemon/prepare.hpp"
#include "daemon/program.hpp"
#include "daemon/selection.hpp"
#include "daemon/stop_signals.hpp"
#include "daemon/table.hpp"
#include "daemon/time_text.hpp"
#include "daemon/write_back.hpp"
#include "sync/write/queue.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <fmt/format.h>

namespace pcmirror {
namespace {

constexpr int shown_at_most = 100;

/// A command that looks after the queue: it needs the database, and no credentials of the API.
struct QueueCommand {
    explicit QueueCommand(const Invocation& of)
        : invocation(of), settings(settings_of(of)),
          pool(loop.get_executor(), settings.database.url, 1, "job"), queue(pool), store(pool) {
        require_schema(settings);
    }

    /// The customer that --customer names; empty: it was not given.
    std::string customer() {
        const auto name = invocation.arguments.value("--customer");
        return name ? customer_named(*invocation.command, store, {}, *name).customer_id
                    : std::string();
    }

    [[nodiscard]] std::int64_t job_id() const {
        const std::string text = invocation.arguments.value("ID").value_or("");
        std::int64_t number = 0;
        const char* end = text.data() + text.size();
        const auto [stop, problem] = std::from_chars(text.data(), end, number);
        if (problem != std::errc() || stop != end || number <= 0)
            throw usage_error(*invocation.command, "\"" + text + "\" is no job's number");
        return number;
    }

    const Invocation& invocation;
    Settings settings;
    asio::io_context loop;
    DatabasePool pool;
    Queue queue;
    ReportStore store;
};

constexpr std::array states{"queued", "running", "succeeded", "failed", "cancelled"};

/// The state that --state names; empty: it was not given.
std::string asked_state(const Invocation& invocation) {
    std::string state = invocation.arguments.value("--state").value_or("");
    if (!state.empty() && std::ranges::find(states, state) == states.end())
        throw usage_error(
            *invocation.command,
            "unknown state \"" + state + '"',
            "it is queued, running, succeeded, failed or cancelled"
        );
    return state;
}

/// The state, and why a queued job does not begin.
std::string state_text(const ShownJob& job) {
    std::string text = job.state;
    const bool queued = job.state == "queued";
    if (queued && job.held)
        text += ", held";
    if (queued && job.paused)
        text += ", paused";
    if (!job.blocked_by.empty())
        text += ", after job " + job.blocked_by;
    else if (job.later)
        text += ", later";
    return text;
}

ExitCode run_list(const Invocation& invocation) {
    const std::string state = asked_state(invocation);
    QueueCommand command(invocation);
    const std::vector<ShownJob> jobs = command.queue.list(state, command.customer(), shown_at_most);
    if (invocation.json) {
        JsonWriter json;
        json.begin_array();
        for (const ShownJob& job : jobs)
            json.raw(job.json);
        json.end_array();
        print(json.document());
        return ExitCode::success;
    }
    TextTable table(
        {{"job", TextTable::Align::right},
         {"operation"},
         {"customer"},
         {"state"},
         {"attempts", TextTable::Align::right},
         {"created"},
         {"error"}}
    );
    for (const ShownJob& job : jobs)
        table.add(
            {std::to_string(job.job_id),
             job.operation,
             job.customer_id,
             state_text(job),
             std::to_string(job.attempts),
             job.created_at,
             job.last_error}
        );
    print(table.text());
    if (jobs.size() == shown_at_most)
        tell(fmt::format("the newest {}; pcmirror.write_jobs has all\n", shown_at_most));
    return ExitCode::success;
}

ExitCode run_show(const Invocation& invocation) {
    QueueCommand command(invocation);
    const std::int64_t number = command.job_id();
    const std::optional<ShownJob> job = command.queue.show(number);
    if (!job)
        throw Error(
            Recovery::fix_config,
            fmt::format("there is no job {}", number),
            "pcmirror job list shows them; finished ones are pruned after write_back.keep"
        );
    print(invocation.json ? job->json + "\n" : job_text(*job));
    return ExitCode::success;
}

ExitCode run_cancel(const Invocation& invocation) {
    QueueCommand command(invocation);
    print(command.queue.cancel(command.job_id()) + "\n");
    return ExitCode::success;
}

ExitCode run_retry(const Invocation& invocation) {
    QueueCommand command(invocation);
    const std::int64_t number = command.job_id();
    command.queue.retry(number);
    const std::optional<ShownJob> job = command.queue.show(number);
    print(
        job && job->held ? "queued again, and held since the database was restored; pcmirror job "
                           "release lets it go on\n"
                         : "queued again\n"
    );
    return ExitCode::success;
}

ExitCode run_secret(const Invocation& invocation) {
    QueueCommand command(invocation);
    std::string trouble;
    const auto take = [&trouble](const std::string& secret) {
        trouble = hand_out(secret + '\n');
        return trouble.empty();
    };
    if (!command.queue.secret(command.job_id(), take))
        throw Error(
            Recovery::retry_later,
            "the secret can't be written to stdout: " + trouble + "; it stays where it is",
            "run it again where it can be written"
        );
    return ExitCode::success;
}

ExitCode run_pause(const Invocation& invocation) {
    QueueCommand command(invocation);
    command.queue.pause(command.customer());
    print("paused\n");
    return ExitCode::success;
}

ExitCode run_resume(const Invocation& invocation) {
    QueueCommand command(invocation);
    print(command.queue.resume(command.customer()) ? "resumed\n" : "it was not paused\n");
    return ExitCode::success;
}

ExitCode run_release(const Invocation& invocation) {
    QueueCommand command(invocation);
    print(fmt::format("{} released\n", command.queue.release(command.customer())));
    return ExitCode::success;
}

constexpr Option one_job{.name = "ID", .text = "the job's number", .needed = true};
constexpr Option one_customer{
    .name = "--customer", .value = "ID", .text = "only of this customer, by id or domain"};

constexpr std::array list_options{
    Option{
        .name = "--state",
        .value = "STATE",
        .text = "only those: queued, running, succeeded, failed or cancelled"},
    one_customer,
};
constexpr std::array id_options{one_job};
constexpr std::array customer_options{one_customer};

constexpr std::string_view exit_codes =
    "0 success; 2 usage or configuration error, or it can't be done; 3 database";

} // namespace

const Command job_list_command{
    .name = "job list",
    .summary = "the newest jobs",
    .options = list_options,
    .more = "At most 100; pcmirror.write_jobs has all, and pcmirror.job_stats their figures.",
    .example = "pcmirror job list --state failed",
    .exit_codes = exit_codes,
    .json = true,
    .run = run_list,
};

const Command job_show_command{
    .name = "job show",
    .summary = "all about one job, with its attempts",
    .options = id_options,
    .example = "pcmirror job show 4711",
    .exit_codes = exit_codes,
    .json = true,
    .run = run_show,
};

const Command job_cancel_command{
    .name = "job cancel",
    .summary = "take a job back whose request has not left",
    .options = id_options,
    .example = "pcmirror job cancel 4711",
    .exit_codes = exit_codes,
    .run = run_cancel,
};

const Command job_retry_command{
    .name = "job retry",
    .summary = "try a failed or cancelled job again, or a queued one now",
    .options = id_options,
    .more = "Where an earlier request got no answer it is first looked up whether it took effect.",
    .example = "pcmirror job retry 4711",
    .exit_codes = exit_codes,
    .run = run_retry,
};

const Command job_secret_command{
    .name = "job secret",
    .summary = "print, once, the secret that only a job's answer had",
    .options = id_options,
    .more = "It is wiped once it was written to stdout, or after a day. job show tells whether one "
            "waits.",
    .example = "pcmirror job secret 4711",
    .exit_codes =
        "0 success; 1 it could not be written, and waits; 2 usage or configuration error, "
        "or there is none; 3 database",
    .run = run_secret,
};

const Command job_pause_command{
    .name = "job pause",
    .summary = "let no job begin until they are resumed",
    .options = customer_options,
    .example = "pcmirror job pause --customer contoso.com",
    .exit_codes = exit_codes,
    .run = run_pause,
};

const Command job_resume_command{
    .name = "job resume",
    .summary = "let paused jobs go on",
    .options = customer_options,
    .example = "pcmirror job resume --customer contoso.com",
    .exit_codes = exit_codes,
    .run = run_resume,
};

const Command job_release_command{
    .name = "job release",
    .summary = "let jobs go on that a restored database holds",
    .options = customer_options,
    .more = "What they did since the backup was made is not known to the database: look at their "
            "customers first.",
    .example = "pcmirror job release",
    .exit_codes = exit_codes,
    .run = run_release,
};

} // namespace pcmirror
