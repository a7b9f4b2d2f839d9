#include "config/log.hpp"
#include "daemon/commands.hpp"
#include "daemon/daemon.hpp"
#include "daemon/prepare.hpp"
#include "daemon/selection.hpp"
#include "daemon/stop_signals.hpp"
#include "daemon/systemd.hpp"
#include "sync/poll/tasks.hpp"

namespace pcmirror {
namespace {

asio::awaitable<void> work(Daemon& daemon, std::optional<Settings>& next) {
    next = co_await daemon.run();
}

/// Under which configuration the daemon works, and whether it ever was ready under it.
struct Reign {
    Settings settings;
    bool ready = false;
};

/// Works under one configuration until it is told to stop, or to go on under the one returned.
std::optional<Settings> serve(const Invocation& invocation, Reign& reign, StopSignals& signals) {
    const Settings& settings = reign.settings;
    signals.set_grace(settings.shutdown_grace);
    prepare_schema(settings);
    Program program(settings, "run");
    program.session().renew();
    Daemon daemon(program, scheduled_resources(settings), [&] { return settings_of(invocation); });
    const auto stop = [&] {
        systemd::stopping();
        program.cancel();
    };
    const auto reload = [&] { program.post([&] { daemon.ask_reload(); }); };
    const auto attached = signals.attach({stop, reload});
    event(
        Level::info,
        "daemon.ready",
        {{field::daemon, program.session().id()}, {field::version, PCMIRROR_VERSION}}
    );
    reign.ready = true;
    systemd::ready();
    std::optional<Settings> next;
    program.run(work(daemon, next));
    return next;
}

/// The same. A new configuration that can't be worked under gives way to the last one that could.
std::optional<Settings> serve_or_go_back(
    const Invocation& invocation,
    Settings settings,
    std::optional<Settings>& good,
    StopSignals& signals
) {
    Reign reign{std::move(settings)};
    try {
        std::optional<Settings> next = serve(invocation, reign, signals);
        good = std::move(reign.settings);
        return next;
    } catch (const Error& error) {
        if (reign.ready || !good)
            throw;
        event(
            Level::error,
            "config.refused",
            {{field::error, error.what()}, {field::hint, "going back to the configuration before"}}
        );
    }
    set_up_log(good->log);
    return std::exchange(good, std::nullopt);
}

ExitCode run_daemon(const Invocation& invocation) {
    std::optional<Settings> next = settings_of(invocation);
    std::optional<Settings> good;
    StopSignals signals(next->shutdown_grace, ExitCode::success);
    std::exception_ptr ended;
    try {
        while (next)
            next = serve_or_go_back(invocation, *next, good, signals);
    } catch (...) {
        ended = std::current_exception();
    }
    if (ended && !is_cancellation(ended))
        std::rethrow_exception(ended);
    event(Level::info, "daemon.stopped", {});
    return ExitCode::success;
}

} // namespace

const Command run_command{
    .name = "run",
    .summary = "the daemon: polls by schedule until it is stopped",
    .more =
        "Migrates the database first where migrate_on_start allows it. SIGTERM or SIGINT: gives "
        "back what is in flight within shutdown_grace; a second one cuts it short. SIGHUP: reads "
        "the configuration anew; one that is refused is logged, and the old one stays. Tells "
        "systemd READY, STATUS, WATCHDOG, RELOADING and STOPPING. While the API is in trouble it "
        "stays alive and says why.",
    .example = "pcmirror run --config /etc/pcmirror/pcmirror.yaml",
    .exit_codes = "0 stopped by a signal; 1 an internal error; 2 usage or configuration error; "
                  "3 the database can't be reached at the start, or its schema does not fit",
    .run = run_daemon,
};

} // namespace pcmirror
