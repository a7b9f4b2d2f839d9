#include "daemon/daemon.hpp"

#include "config/log.hpp"
#include "daemon/job_troubles.hpp"
#include "daemon/pass_log.hpp"
#include "daemon/systemd.hpp"
#include "daemon/time_text.hpp"
#include "daemon/write_back.hpp"
#include "sync/db/notifications.hpp"
#include "sync/db/upkeep.hpp"
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

std::optional<Milliseconds> asked_ago(const ResourceState& state) {
    if (!state.asked_ago)
        return std::nullopt;
    return std::chrono::duration_cast<Milliseconds>(std::chrono::duration<double>(*state.asked_ago)
    );
}

/// What fails keeps nothing else from being done; `failure` is the event that tells.
asio::awaitable<void> try_to(asio::awaitable<void> work, std::string_view failure) {
    try {
        co_await std::move(work);
    } catch (const Error& error) {
        event(Level::warn, failure, {{field::error, error.what()}, {field::hint, error.hint()}});
    }
}

} // namespace

Daemon::Daemon(Program& program, std::vector<const Resource*> resources, Reload reload)
    : program_(program), resources_(std::move(resources)), read_settings_(std::move(reload)),
      store_(program.pool()), scheduler_(random_draws()), tasks_(program.executor()),
      changed_(program.executor()), reload_asked_(program.executor()) {
    for (const Resource* resource : resources_) {
        const Schedule& schedule = program_.settings().schedules.at(std::string(resource->name));
        scheduler_.add(*resource, schedule, asked_ago(store_.state_of(*resource)), now());
    }
}

asio::awaitable<std::optional<Settings>> Daemon::run() {
    // Apart from the tasks: giving back what is in flight takes its time, and is no hanging.
    TaskGroup watchdog(co_await asio::this_coro::executor);
    watchdog.spawn(feed_watchdog());
    std::exception_ptr failure;
    try {
        co_await work();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    watchdog.cancel();
    co_await watchdog.join();
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
    tasks_.spawn(report_to_systemd());
    co_await tasks_.join();
}

asio::awaitable<void> Daemon::schedule() {
    while (true) {
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
                scheduler_.some_unasked(*resource, now());
        changed_.notify();
    };
    hearing.listening = [this] {
        for (const Resource* resource : resources_)
            scheduler_.some_unasked(*resource, now());
        changed_.notify();
    };
    co_await listen_to(
        "pcmirror_due", program_.pool(), program_.settings().database.url, std::move(hearing)
    );
}

asio::awaitable<void> Daemon::pass(Scheduler::Due due) {
    const Resource& resource = *due.resource;
    std::optional<Milliseconds> asked;
    bool any = true;
    bool done = false;
    try {
        // Another pass, or another process, may have asked for them meanwhile.
        if (due.only_unasked)
            any = co_await store_.has_unasked(resource);
        if (any) {
            PassOptions options;
            options.scheduled = true;
            options.only_unasked = due.only_unasked;
            options.max_age = due.max_age;
            options.comes_every = comes_every(program_.settings(), resource);
            const bool asked_api = co_await try_pass(resource, std::move(options));
            asked = asked_ago(co_await store_.read_state_of(resource));
            health_.finished(resource.name, asked_api);
        }
        done = true;
    } catch (const Error& error) {
        health_.failed(resource.name, error);
    }
    running_.erase(std::string(resource.name));
    if (!any)
        scheduler_.found_none_unasked(resource);
    else if (done)
        scheduler_.finished(resource, asked, now());
    else
        scheduler_.failed(resource, now());
    changed_.notify();
}

asio::awaitable<bool> Daemon::try_pass(const Resource& resource, PassOptions options) {
    if (program_.session().id() == 0)
        throw Error(Recovery::fix_database, "the database session is lost");
    const bool is_whole = !options.only_unasked;
    const PassReport report =
        co_await run_pass(program_.mirror(), resource, std::move(options), this);
    log_pass(report);
    // That a few scopes go well says nothing of the others.
    if (is_whole || !report.troubles.empty())
        warn_of(report);
    co_return report.totals.requests > 0;
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
    co_await workers.work();
}

asio::awaitable<void> Daemon::do_jobs() {
    constexpr std::chrono::seconds pause(5);
    JobTroubles troubles;
    for (;;) {
        const auto began = std::chrono::steady_clock::now();
        std::string trouble;
        std::string hint;
        try {
            // A task of its own: it ends beyond the reach of cancellation, and would stay there.
            TaskGroup apart(program_.executor());
            apart.spawn(work_jobs());
            co_await apart.join();
        } catch (const Error& error) {
            trouble = error.what();
            hint = error.hint();
        } catch (const std::exception& error) {
            // Polls go on whatever becomes of jobs.
            if (is_cancellation(std::current_exception()))
                throw;
            trouble = error.what();
            hint = "this program is wrong: please report it";
        }
        const auto worked_for = std::chrono::steady_clock::now() - began;
        if (!trouble.empty() && troubles.is_news(trouble, worked_for))
            event(Level::warn, "jobs.interrupted", {{field::error, trouble}, {field::hint, hint}});
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

asio::awaitable<void> Daemon::report_to_systemd() {
    std::string told;
    while (true) {
        const std::string line = status_line();
        if (line != told)
            systemd::status(line);
        told = line;
        co_await sleep_for(std::chrono::seconds(1));
    }
}

asio::awaitable<void> Daemon::feed_watchdog() {
    const std::optional<std::chrono::milliseconds> interval = systemd::watchdog_interval();
    while (interval) {
        systemd::alive();
        co_await sleep_for(*interval);
    }
}

void Daemon::started(const Resource& resource, const PassTotals& totals) {
    running_[std::string(resource.name)] = totals;
}

void Daemon::advanced(const Resource& resource, const PassTotals& totals) {
    running_[std::string(resource.name)] = totals;
}

std::string Daemon::status_line() const {
    if (const std::string trouble = health_.trouble(); !trouble.empty())
        return "not ready: " + trouble;
    if (program_.session().id() == 0)
        return "not ready: database.unavailable: the database session is lost";
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
