#include "daemon/daemon.hpp"

#include "config/log.hpp"
#include "daemon/failure_text.hpp"
#include "daemon/job_troubles.hpp"
#include "daemon/pass_log.hpp"
#include "daemon/systemd.hpp"
#include "daemon/time_text.hpp"
#include "daemon/write_back.hpp"
#include "sync/db/notifications.hpp"
#include "sync/db/rounds.hpp"
#include "sync/db/scope_store.hpp"
#include "sync/db/upkeep.hpp"
#include "sync/http/client_credentials.hpp"
#include "sync/write/workers.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <random>

namespace pcmirror {
namespace {

Now now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

Scheduler::Random random_draws() {
    return [generator = std::minstd_rand(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(generator);
    };
}

std::optional<Milliseconds> milliseconds(std::optional<double> seconds) {
    if (!seconds)
        return std::nullopt;
    return std::chrono::duration_cast<Milliseconds>(std::chrono::duration<double>(*seconds));
}

RoundState round_state(const ResourceState& state) {
    return {
        milliseconds(state.asked_ago), milliseconds(state.round_ago), milliseconds(state.retry_in)};
}

/// When the API was asked last for a scope that went well; what it refuses, or has no scopes of, it
/// answered, too.
std::optional<Health::Clock::time_point>
well_asked_at(const ResourceState& state, const PassTotals& totals) {
    if (totals.scopes_failed == 0 && (totals.requests > 0 || state.scopes == 0))
        return Health::Clock::now();
    if (!state.last_success_ago)
        return std::nullopt;
    return Health::Clock::now() - *milliseconds(state.last_success_ago);
}

/// From its end on, nobody waits for the scheduler.
class SchedulerAtWork {
  public:
    explicit SchedulerAtWork(Vitals& vitals) : vitals_(vitals) {}

    ~SchedulerAtWork() { vitals_.scheduler_ended(); }

    SchedulerAtWork(const SchedulerAtWork&) = delete;
    SchedulerAtWork& operator=(const SchedulerAtWork&) = delete;

  private:
    Vitals& vitals_;
};

/// What fails keeps nothing else from being done; `failure` is the event that tells.
asio::awaitable<void> try_to(asio::awaitable<void> work, std::string_view failure) {
    try {
        co_await std::move(work);
    } catch (const Error& error) {
        event(Level::warn, failure, {{field::error, error.what()}, {field::hint, error.hint()}});
    }
}

} // namespace

Daemon::Daemon(
    Program& program,
    Instruments& instruments,
    std::vector<const Resource*> resources,
    Reload reload
)
    : program_(program), instruments_(instruments), resources_(std::move(resources)),
      read_settings_(std::move(reload)), store_(program.pool()), scheduler_(random_draws()),
      tasks_(program.executor()), changed_(program.executor()), reload_asked_(program.executor()) {
    for (const Resource* resource : resources_) {
        const Schedule& schedule = program_.settings().schedules.at(std::string(resource->name));
        scheduler_.add(*resource, schedule, round_state(store_.state_of(*resource)), now());
        hurries_.emplace(resource->name, program.executor());
    }
}

asio::awaitable<std::optional<Settings>> Daemon::run() {
    // Apart from the tasks: giving back what is in flight takes its time, and is no hanging.
    TaskGroup heart(co_await asio::this_coro::executor);
    heart.spawn(beat());
    std::exception_ptr failure;
    try {
        co_await work();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    heart.cancel();
    co_await heart.join();
    if (failure)
        std::rethrow_exception(failure);
    co_return std::move(next_settings_);
}

asio::awaitable<void> Daemon::work() {
    tasks_.spawn(schedule());
    tasks_.spawn(hear_of_unasked());
    tasks_.spawn(prune_hourly());
    if (program_.settings().write_back.enabled)
        tasks_.spawn(do_jobs());
    tasks_.spawn(reload());
    tasks_.spawn(report());
    co_await tasks_.join();
}

asio::awaitable<void> Daemon::schedule() {
    const SchedulerAtWork at_work(instruments_.vitals);
    while (true) {
        instruments_.vitals.scheduler_looked(std::chrono::steady_clock::now());
        for (const Scheduler::Due& due : scheduler_.take_due(now()))
            tasks_.spawn(pass(due));
        co_await changed_.wait_for(scheduler_.idle_for(now()));
    }
}

/// Jobs, whoever does them, make scopes due at once.
asio::awaitable<void> Daemon::hear_of_unasked() {
    Hearing hearing;
    hearing.told = [this](const std::string& name) {
        for (const Resource* resource : resources_)
            if (resource->name == name)
                some_unasked(*resource);
    };
    hearing.listening = [this] {
        for (const Resource* resource : resources_)
            some_unasked(*resource);
    };
    co_await listen_to(
        "pcmirror_due", program_.pool(), program_.settings().database.url, std::move(hearing)
    );
}

/// A pass that runs takes them in, else they get one of their own.
void Daemon::some_unasked(const Resource& resource) {
    hurries_.at(std::string(resource.name)).ask();
    scheduler_.some_unasked(resource, now());
    changed_.notify();
}

asio::awaitable<void> Daemon::pass(Scheduler::Due due) {
    const Resource& resource = *due.resource;
    std::string files = credential_files(program_.settings().partner_center);
    std::optional<ResourceState> state;
    PassTotals totals;
    bool any = true;
    bool newcomers = false;
    try {
        // Another pass, or another process, may have asked for them meanwhile.
        if (due.only_unasked)
            any = co_await store_.has_unasked(resource);
        if (any) {
            PassOptions options = co_await options_for(due);
            totals = co_await try_pass(resource, std::move(options));
            newcomers =
                &resource == program_.mirror().catalogue.customers() && totals.rows.inserted > 0;
        }
        if (newcomers)
            co_await make_scopes_below();
        state = co_await store_.read_state_of(resource);
    } catch (const Error& error) {
        instruments_.health.failed(resource.name, error);
        instruments_.metrics.pass_failed(resource.name);
        if (error.recovery() == Recovery::fix_api)
            credentials_ = std::move(files);
    }
    running_.erase(std::string(resource.name));
    if (!state)
        scheduler_.failed(resource, now());
    else
        pass_ended(resource, *state, any ? &totals : nullptr);
    changed_.notify();
    // Only now: what waited for this pass reads them anyway.
    if (state && newcomers)
        for (const Resource* below : resources_)
            if (below->parent != nullptr)
                some_unasked(*below);
}

void Daemon::pass_ended(
    const Resource& resource, const ResourceState& state, const PassTotals* totals
) {
    if (totals != nullptr)
        scheduler_.finished(resource, round_state(state), now());
    else
        scheduler_.found_none_unasked(resource, round_state(state), now());
    if (scheduler_.is_failing(resource))
        instruments_.health.database_works();
    else
        went_well(resource, well_asked_at(state, totals == nullptr ? PassTotals() : *totals));
}

/// What failed for the same reason elsewhere is tried at once.
void Daemon::went_well(
    const Resource& resource, std::optional<Health::Clock::time_point> well_asked_at
) {
    if (!instruments_.health.finished(resource.name, well_asked_at))
        return;
    scheduler_.try_failed_again(now());
    changed_.notify();
}

asio::awaitable<PassOptions> Daemon::options_for(Scheduler::Due due) {
    const Settings& settings = program_.settings();
    const Schedule& schedule = settings.schedules.at(std::string(due.resource->name));
    PassOptions options;
    options.scheduled = true;
    options.only_unasked = due.only_unasked;
    options.max_age = due.max_age;
    options.comes_every = comes_every(settings, *due.resource);
    options.hurry = &hurries_.at(std::string(due.resource->name));
    if (!due.only_unasked) {
        const WallTime wall = std::chrono::system_clock::now();
        options.round = co_await enter_round(
            program_.pool(), *due.resource, round_lasts(schedule, wall), due.late_by
        );
        if (due.spread)
            options.spread = spread_over(schedule, wall);
    }
    co_return options;
}

asio::awaitable<PassTotals> Daemon::try_pass(const Resource& resource, PassOptions options) {
    if (program_.session().id() == 0)
        throw Error(Recovery::fix_database, "the database session is lost");
    const bool is_whole = !options.only_unasked;
    const PassReport report =
        co_await run_pass(program_.mirror(), resource, std::move(options), this);
    log_pass(report);
    // That a few scopes go well says nothing of the others.
    if (is_whole || !report.troubles.empty())
        warn_of(report);
    co_return report.totals;
}

/// So that what new customers have is read at once.
asio::awaitable<void> Daemon::make_scopes_below() {
    ScopeStore scopes(program_.pool());
    for (const Resource* resource : resources_)
        if (resource->parent != nullptr)
            co_await scopes.prepare(*resource, program_.settings().customers);
}

void Daemon::warn_of(const PassReport& report) {
    const PassTotals& totals = report.totals;
    const bool troubled = !report.troubles.empty();
    if (troubled && !troubled_[report.resource])
        event(
            Level::warn,
            "pass.partial",
            {
                {field::resource, report.resource},
                {field::failed, totals.scopes_failed},
                {field::refused, totals.scopes_refused},
                {"scopes_held", totals.scopes_held},
                {field::customer, report.troubles.front().customer_id},
                {field::error, report.troubles.front().message},
                {field::hint, "see pcmirror.sync_scopes for all"},
            }
        );
    troubled_[report.resource] = troubled;
}

asio::awaitable<void> Daemon::work_jobs() {
    Workers workers(program_.executor(), program_.mirror());
    workers.on_end([this](const Job& job, const JobEnd& end) {
        const auto took = job.age + (std::chrono::steady_clock::now() - job.claimed_at);
        instruments_.metrics.job_ended(job.operation, end.state, took);
    });
    co_await workers.work();
}

/// In a task of its own: the work ends beyond the reach of cancellation, and would stay there. And
/// in a coroutine of its own, which is not begun after a stop that came with the end of a pause:
/// waiting for the group would throw at once, with its task under way.
asio::awaitable<void> Daemon::work_jobs_apart() {
    TaskGroup apart(program_.executor());
    apart.spawn(work_jobs());
    co_await apart.join();
}

asio::awaitable<void> Daemon::do_jobs() {
    constexpr std::chrono::seconds pause(5);
    JobTroubles troubles;
    for (;;) {
        const auto began = std::chrono::steady_clock::now();
        std::optional<FailureText> trouble;
        try {
            co_await work_jobs_apart();
        } catch (...) {
            // Polls go on whatever becomes of jobs.
            trouble = failure_text(std::current_exception());
        }
        const auto worked_for = std::chrono::steady_clock::now() - began;
        if (trouble && troubles.is_news(trouble->error, worked_for))
            event(
                Level::warn,
                "jobs.interrupted",
                {{field::error, trouble->error}, {field::hint, trouble->hint}}
            );
        co_await sleep_for(pause);
    }
}

asio::awaitable<void> Daemon::prune_hourly() {
    while (true) {
        asio::awaitable<void> history = prune_history();
        co_await try_to(std::move(history), "history.not_pruned");
        asio::awaitable<void> jobs = prune_jobs();
        co_await try_to(std::move(jobs), "jobs.not_pruned");
        co_await sleep_for(std::chrono::hours(1));
    }
}

asio::awaitable<void> Daemon::prune_history() {
    const std::int64_t pruned =
        co_await pcmirror::prune_history(program_.pool(), program_.settings().history_keep);
    event(pruned > 0 ? Level::info : Level::debug, "history.pruned", {{"entries", pruned}});
}

asio::awaitable<void> Daemon::prune_jobs() {
    constexpr int batch = 1000;
    std::int64_t pruned = batch;
    while (pruned == batch)
        pruned = co_await pcmirror::prune_jobs(
            program_.pool(), program_.settings().write_back.keep, batch
        );
}

void Daemon::ask_reload() {
    wants_reload_ = true;
    reload_asked_.notify();
}

asio::awaitable<void> Daemon::reload() {
    // Asio loses a coroutine that is cancelled, here by itself, and ends without a suspension.
    co_await asio::post(asio::use_awaitable);
    while (!next_settings_) {
        while (!wants_reload_)
            co_await reload_asked_.wait();
        wants_reload_ = false;
        systemd::reloading();
        try {
            next_settings_ = read_settings_();
        } catch (const Error& error) {
            event(
                Level::error,
                "config.refused",
                {{field::error, error.what()}, {field::hint, "the old configuration stays"}}
            );
            systemd::ready();
        }
    }
    tasks_.cancel();
}

asio::awaitable<void> Daemon::report() {
    std::string told;
    GatewayCounters counted;
    while (true) {
        report_figures(counted);
        const std::string line = status_line();
        if (line != told)
            systemd::status(line);
        told = line;
        co_await sleep_for(std::chrono::seconds(1));
    }
}

void Daemon::report_figures(GatewayCounters& told) {
    const PoolUse use = program_.pool().use();
    instruments_.vitals.pool_is(use);
    instruments_.metrics.pool_is(use);
    const GatewayCounters now = program_.api().counters();
    instruments_.metrics.gateway_counted(told, now);
    told = now;
    look_at_credentials();
    tell_of_session();
}

/// A database that hangs shows by the heartbeat that it does not take.
void Daemon::tell_of_session() {
    constexpr const char* silent = "database.silent";
    if (program_.session().holds()) {
        instruments_.health.clear(silent);
        return;
    }
    const char* why = "the database does not answer, or the session with it is lost";
    const char* hint = "it goes on by itself as soon as the database answers";
    if (instruments_.health.set({silent, why, hint}))
        event(Level::warn, "database.silent", {{field::error, why}, {field::hint, hint}});
}

/// A sign-in that was mended is tried at once.
void Daemon::look_at_credentials() {
    if (instruments_.health.trouble().empty())
        return;
    std::string files = credential_files(program_.settings().partner_center);
    if (files == credentials_)
        return;
    credentials_ = std::move(files);
    scheduler_.try_failed_again(now());
    changed_.notify();
}

/// Shows that the event loop has its turns; the watchdog is told of it while all else gets on, too.
asio::awaitable<void> Daemon::beat() {
    constexpr std::chrono::milliseconds pause = std::chrono::seconds(1);
    const auto interval = systemd::watchdog_interval();
    bool hung = false;
    while (true) {
        const auto at = std::chrono::steady_clock::now();
        instruments_.vitals.loop_turned(at);
        const std::optional<std::string> trouble = instruments_.vitals.trouble_beside_loop(at);
        if (!trouble)
            systemd::alive();
        else if (!hung)
            event(Level::error, "daemon.hangs", {{field::error, *trouble}});
        hung = trouble.has_value();
        co_await sleep_for(std::min(interval.value_or(pause), pause));
    }
}

void Daemon::started(const Resource& resource, const PassTotals& totals) {
    running_[std::string(resource.name)] = totals;
    instruments_.health.database_works();
}

void Daemon::finished(const PassReport& report) {
    instruments_.metrics.pass_ended(
        report.resource, report.totals.clean() ? "ok" : "partial", report.took
    );
}

void Daemon::advanced(const Resource& resource, const PassTotals& totals) {
    PassTotals& known = running_[std::string(resource.name)];
    instruments_.metrics.rows_changed(resource.name, known.rows, totals.rows);
    // One that is spread over an hour tells before its end that all goes well again.
    if (totals.scopes_ok > known.scopes_ok && totals.requests > 0)
        went_well(resource, Health::Clock::now());
    known = totals;
}

std::string Daemon::status_line() const {
    if (const std::string trouble = instruments_.health.trouble(); !trouble.empty())
        return "not ready: " + trouble;
    std::string line;
    for (const auto& [name, totals] : running_) {
        line += fmt::format("syncing {} {}/{}", name, totals.scopes_done, totals.scopes);
        if (totals.rows_expected > 0)
            line += fmt::format(
                " ({}/{} {})",
                totals.rows_asked,
                totals.rows_expected,
                catalogue().find(name)->per_row_of->name
            );
        line += "; ";
    }
    for (const Resource* resource : resources_)
        if (const auto due = scheduler_.due_at(*resource, now()))
            line += fmt::format("{} due {}; ", resource->name, iso_time(*due));
    line.resize(line.empty() ? 0 : line.size() - 2);
    return line;
}

} // namespace pcmirror
