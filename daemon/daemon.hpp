#pragma once

#include "daemon/instruments.hpp"
#include "daemon/program.hpp"
#include "daemon/scheduler.hpp"
#include "sync/db/report_store.hpp"
#include "sync/poll/tasks.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// The work of `pcmirror run` under one configuration: passes by schedule, upkeep, systemd.
class Daemon : PassListener {
  public:
    /// Reads the configuration anew; throws `Error` for one that is refused.
    using Reload = std::function<Settings()>;

    /// Reads from the database what is due. Blocks. Throws `DatabaseError`. Program and instruments
    /// outlive it.
    Daemon(
        Program& program,
        Instruments& instruments,
        std::vector<const Resource*> resources,
        Reload reload
    );

    /// Works until it is cancelled, or until another configuration was read: then that is
    /// returned. Passes under way are given back first.
    asio::awaitable<std::optional<Settings>> run();

    /// Asks for a reload. On the event loop.
    void ask_reload();

  private:
    asio::awaitable<void> work();
    asio::awaitable<void> schedule();
    asio::awaitable<void> hear_of_unasked();
    asio::awaitable<void> pass(Scheduler::Due due);
    /// Without totals there was nothing to do.
    void pass_ended(const Resource& resource, const ResourceState& state, const PassTotals* totals);
    void
    went_well(const Resource& resource, std::optional<Health::Clock::time_point> well_asked_at);
    asio::awaitable<PassTotals> try_pass(const Resource& resource, PassOptions options);
    asio::awaitable<PassOptions> options_for(Scheduler::Due due);
    void some_unasked(const Resource& resource);
    asio::awaitable<void> make_scopes_below();
    void look_at_credentials();
    void tell_of_session();
    asio::awaitable<void> prune_hourly();
    asio::awaitable<void> prune_history();
    asio::awaitable<void> prune_jobs();
    asio::awaitable<void> work_jobs();
    asio::awaitable<void> work_jobs_apart();
    asio::awaitable<void> do_jobs();
    asio::awaitable<void> report();
    void report_figures(GatewayCounters& told);
    asio::awaitable<void> beat();
    asio::awaitable<void> reload();

    void started(const Resource& resource, const PassTotals& totals) override;
    void advanced(const Resource& resource, const PassTotals& totals) override;

    void finished(const PassReport& report) override;

    void broken_off(const PassReport&) override {}

    void warn_of(const PassReport& report);
    [[nodiscard]] std::string status_line() const;

    Program& program_;
    Instruments& instruments_;
    std::vector<const Resource*> resources_;
    Reload read_settings_;
    ReportStore store_;
    Scheduler scheduler_;
    TaskGroup tasks_;
    Signal changed_;
    std::map<std::string, Hurry> hurries_; ///< by resource
    std::string credentials_;              ///< as they were when a sign-in failed last
    Signal reload_asked_;
    bool wants_reload_ = false;
    std::optional<Settings> next_settings_;
    std::map<std::string, PassTotals> running_;
    std::map<std::string, bool> troubled_;
};

} // namespace pcmirror
