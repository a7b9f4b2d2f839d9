#pragma once

#include "daemon/health.hpp"
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

    /// Reads from the database what is due. Blocks. Throws `DatabaseError`.
    Daemon(Program& program, std::vector<const Resource*> resources, Reload reload);

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
    /// Whether the API was asked.
    asio::awaitable<bool> try_pass(const Resource& resource, PassOptions options);
    asio::awaitable<void> prune_hourly();
    asio::awaitable<void> prune_history();
    asio::awaitable<void> prune_jobs();
    asio::awaitable<void> work_jobs();
    asio::awaitable<void> do_jobs();
    asio::awaitable<void> report_to_systemd();
    asio::awaitable<void> feed_watchdog();
    asio::awaitable<void> reload();

    void started(const Resource& resource, const PassTotals& totals) override;
    void advanced(const Resource& resource, const PassTotals& totals) override;

    void finished(const PassReport&) override {}

    void broken_off(const PassReport&) override {}

    void warn_of(const PassReport& report);
    [[nodiscard]] std::string status_line() const;

    Program& program_;
    std::vector<const Resource*> resources_;
    Reload read_settings_;
    ReportStore store_;
    Scheduler scheduler_;
    Health health_;
    TaskGroup tasks_;
    Signal changed_;
    Signal reload_asked_;
    bool wants_reload_ = false;
    std::optional<Settings> next_settings_;
    std::map<std::string, PassTotals> running_;
    std::map<std::string, bool> troubled_;
};

} // namespace pcmirror
