#include "config/log.hpp"
#include "daemon/commands.hpp"
#include "daemon/cron_time.hpp"
#include "daemon/output.hpp"
#include "daemon/pass_log.hpp"
#include "daemon/prepare.hpp"
#include "daemon/program.hpp"
#include "daemon/progress.hpp"
#include "daemon/selection.hpp"
#include "daemon/stop_signals.hpp"
#include "daemon/sync_summary.hpp"
#include "sync/poll/tasks.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace pcmirror {
namespace {

/// What is done, and with what.
struct Task {
    std::vector<const Resource*> resources;
    PassOptions options;
    SyncSummary summary = {};
};

PassOptions pass_options(const Invocation& invocation, const std::vector<const Resource*>& chosen) {
    const Arguments& given = invocation.arguments;
    PassOptions options;
    options.max_age = duration_of(invocation, "--max-age");
    options.full = given.has("--full");
    options.dry_run = given.has("--dry-run");
    options.allow_deletes = given.has("--allow-deletes");
    if (options.allow_deletes && !given.has("RESOURCE"))
        throw usage_error(
            *invocation.command,
            "--allow-deletes needs a RESOURCE",
            "name whose held deletes to release: pcmirror sync subscriptions --allow-deletes"
        );
    if (options.allow_deletes && given.has("--customer"))
        for (const Resource* resource : chosen)
            if (resource->parent == nullptr)
                throw usage_error(
                    *invocation.command,
                    "--customer does not narrow the held deletes of " + std::string(resource->name),
                    "leave --customer out to release all that its list holds"
                );
    return options;
}

/// Customers narrow the resources below them. The list itself is always read as a whole, and only
/// when it is named.
void narrow(
    Task& task, const Invocation& invocation, ReportStore& store, const Settings& settings
) {
    const std::vector<std::string> names = invocation.arguments.values("--customer");
    for (const std::string& name : names)
        task.options.customers.push_back(
            customer_named(*invocation.command, store, settings.customers, name).customer_id
        );
    if (!names.empty() && !invocation.arguments.has("RESOURCE"))
        std::erase_if(task.resources, [](const Resource* one) { return one->parent == nullptr; });
}

/// Whether other resources may still be synced after this.
bool is_of_one_resource(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        return error.recovery() == Recovery::retry_later ||
               error.recovery() == Recovery::skip_scope;
    } catch (...) {
        return false;
    }
}

/// Runs one pass after the other; what they did stays in the summary, whatever ends them.
class Sync {
  public:
    Sync(Program& program, Task& task, bool lively)
        : program_(program), task_(task),
          progress_(program.api(), program.settings().partner_center.requests_per_minute, lively) {}

    asio::awaitable<void> run() {
        TaskGroup drawing(co_await asio::this_coro::executor);
        drawing.spawn(progress_.keep_drawing());
        std::exception_ptr failure;
        try {
            for (const Resource* resource : task_.resources)
                co_await sync(*resource);
        } catch (...) {
            failure = std::current_exception();
        }
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        progress_.clear();
        drawing.cancel();
        co_await drawing.join();
        if (failure)
            std::rethrow_exception(failure);
    }

  private:
    asio::awaitable<void> sync(const Resource& resource) {
        PassOptions options = task_.options;
        options.comes_every = comes_every(program_.settings(), resource);
        if (resource.parent == nullptr)
            options.customers.clear();
        options.leaving = leaving_;
        PassOutcome outcome;
        std::exception_ptr failure;
        try {
            outcome.report =
                co_await run_pass(program_.mirror(), resource, std::move(options), &progress_);
            log_pass(outcome.report);
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && progress_.broken().resource == resource.name)
            outcome.report = progress_.broken();
        outcome.report.resource = resource.name;
        progress_.clear();
        if (task_.options.dry_run) {
            outcome.note = dry_note(resource);
            note_leaving(outcome.report);
        }
        close(std::move(outcome), failure);
    }

    /// What this dry run found of the rows that the resource is read by is not in the tables.
    [[nodiscard]] std::string dry_note(const Resource& resource) const {
        if (resource.per_row_of == nullptr)
            return {};
        std::string changed;
        for (const PassOutcome& pass : task_.summary.passes) {
            const bool is_basis = pass.report.resource == resource.per_row_of->name ||
                                  (resource.earned != nullptr &&
                                   pass.report.resource == resource.earned->counters->name);
            if (is_basis && !pass.report.changes.empty())
                changed += (changed.empty() ? "" : " and ") + pass.report.resource;
        }
        if (changed.empty())
            return {};
        return "asked and judged by what is mirrored of " + changed +
               ", without the changes above; a real sync may ask for more, and change more";
    }

    void note_leaving(const PassReport& report) {
        if (report.resource != program_.mirror().catalogue.customers()->name)
            return;
        for (const Change& change : report.changes)
            if (change.table == report.resource && change.operation == "delete")
                leaving_.insert(
                    nlohmann::json::parse(change.key).at("customer_id").get<std::string>()
                );
    }

    /// Keeps what a pass did; throws on what ends all of them.
    void close(PassOutcome outcome, const std::exception_ptr& failure) {
        if (!failure) {
            task_.summary.passes.push_back(std::move(outcome));
            return;
        }
        const bool interrupted = is_cancellation(failure);
        const bool goes_on = is_of_one_resource(failure);
        outcome.failure = interrupted ? "interrupted" : words_of(failure);
        outcome.fatal = !interrupted && !goes_on;
        task_.summary.passes.push_back(std::move(outcome));
        if (!goes_on)
            std::rethrow_exception(failure);
    }

    Program& program_;
    Task& task_;
    Progress progress_;
    std::set<std::string> leaving_; ///< customers, in a dry run
};

void report(const SyncSummary& summary, bool json) {
    if (json) {
        print(summary_json(summary));
    } else {
        if (summary.dry_run)
            print(changes_text(summary) + '\n');
        print(summary_text(summary));
    }
    tell(troubles_text(summary));
}

ExitCode run_sync(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    Task task{chosen_resources(invocation, settings), {}};
    task.options = pass_options(invocation, task.resources);
    task.summary.dry_run = task.options.dry_run;
    task.summary.max_age = task.options.max_age;
    task.summary.tolerate_refused = invocation.arguments.has("--tolerate-refused");
    StopSignals signals(settings.shutdown_grace, ExitCode::partial);
    task.options.dry_run ? require_schema(settings) : prepare_schema(settings);
    Program program(settings, "sync");
    ReportStore store(program.pool());
    narrow(task, invocation, store, settings);
    require_what_they_need(*invocation.command, task.resources, store);
    if (!task.options.dry_run)
        program.session().renew();
    Sync sync(program, task, stderr_is_lively());
    const auto attached = signals.attach({[&] { program.cancel(); }});
    std::exception_ptr failure;
    try {
        program.run(sync.run());
    } catch (...) {
        failure = std::current_exception();
    }
    report(task.summary, invocation.json);
    if (failure && !is_cancellation(failure))
        std::rethrow_exception(failure);
    return task.summary.clean() && !failure ? ExitCode::success : ExitCode::partial;
}

constexpr std::array options{
    Option{
        .name = "RESOURCE",
        .text = "what to sync (default: all in schedules, parents before children)",
        .many = true},
    Option{
        .name = "--customer",
        .value = "ID",
        .text = "only of this customer, by id or domain; the customer list itself is always "
                "read as a whole, and only when it is named",
        .many = true},
    Option{
        .name = "--max-age",
        .value = "DURATION",
        .text = "skip what was verified more recently: 90s, 15m, 6h"},
    Option{.name = "--full", .text = "trust no shortcut: compare all rows"},
    Option{.name = "--dry-run", .text = "print what would change, write no row"},
    Option{.name = "--allow-deletes", .text = "release held deletes of the named resources"},
    Option{
        .name = "--tolerate-refused",
        .text = "customers that the API refuses (403) leave the exit code 0"},
};

} // namespace

const Command sync_command{
    .name = "sync",
    .summary = "one pass now, with progress, then exit",
    .options = options,
    .more =
        "Migrates the database first where migrate_on_start allows it. A rejected record alone "
        "leaves the exit code 0. An interrupted pass goes on where it stopped with --max-age; with "
        "--full it then skips only what was compared whole. A dry run asks the API all the "
        "same: it draws on the request budget that all processes share, and stores a refresh "
        "token that the service rotates.",
    .example = "pcmirror sync subscriptions --customer contoso.com",
    .exit_codes = "0 all is well; 1 scopes failed, were refused or are held, or it was "
                  "interrupted; 2 usage or configuration error; 3 database; 4 API or credentials",
    .json = true,
    .run = run_sync,
};

} // namespace pcmirror
