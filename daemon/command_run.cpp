#include "config/log.hpp"
#include "daemon/commands.hpp"
#include "daemon/succession.hpp"
#include "sync/poll/tasks.hpp"

namespace pcmirror {
namespace {

ExitCode run_daemon(const Invocation& invocation) {
    // Before the configuration is read: a SIGHUP must not end the process then, either.
    StopSignals signals(Settings().shutdown_grace, ExitCode::success, StopSignals::HangUp::reloads);
    std::exception_ptr ended;
    try {
        Succession(invocation, signals).run();
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
        "systemd READY, STATUS, WATCHDOG, RELOADING and STOPPING. While the API is in trouble, or "
        "the database goes away, it stays alive and says why.",
    .example = "pcmirror run --config /etc/pcmirror/pcmirror.yaml",
    .exit_codes = "0 stopped by a signal; 1 an internal error; 2 usage or configuration error; "
                  "3 the database can't be reached at the start, or its schema does not fit",
    .run = run_daemon,
};

} // namespace pcmirror
