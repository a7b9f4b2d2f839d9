#include "daemon/commands.hpp"
#include "daemon/output.hpp"
#include "daemon/prepare.hpp"
#include "daemon/selection.hpp"
#include "daemon/status_report.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <unistd.h>

namespace pcmirror {
namespace {

constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

sigset_t interrupts() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void block_interrupts() {
    const sigset_t set = interrupts();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

/// Waits; whether it was interrupted.
bool interrupted_within(std::chrono::seconds time) {
    const sigset_t set = interrupts();
    const timespec limit{static_cast<time_t>(time.count()), 0};
    return sigtimedwait(&set, nullptr, &limit) > 0;
}

bool show(const MirrorStatus& status, bool json, bool redraw) {
    const std::string text = json ? status_json(status) : status_text(status);
    return print(redraw && isatty(STDOUT_FILENO) == 1 ? std::string(clear_screen) + text : text);
}

ExitCode run_status(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    const bool watch = invocation.arguments.has("--watch");
    if (watch)
        block_interrupts();
    require_schema(settings);
    asio::io_context loop;
    DatabasePool pool(loop.get_executor(), settings.database.url, 1, "status");
    const std::vector<const Resource*> resources = scheduled_resources(settings);
    while (true) {
        const MirrorStatus status = read_status(settings, resources, pool);
        const bool heard = show(status, invocation.json, watch);
        constexpr std::chrono::seconds redraw_interval(2);
        if (!watch || !heard || interrupted_within(redraw_interval))
            return status.fresh() ? ExitCode::success : ExitCode::partial;
    }
}

constexpr std::array options{
    Option{.name = "--watch", .text = "redraw every 2 s until interrupted"},
};

} // namespace

const Command status_command{
    .name = "status",
    .summary = "how fresh the mirror is, and what is in trouble",
    .options = options,
    .more =
        "Age is that of the oldest scope that the API does not refuse. The figures are those of "
        "the resources in schedules. Below them stands the queue of write-back jobs: what waits, "
        "for how long, what is paused or held, and what ended within a day.",
    .example = "pcmirror status --watch",
    .exit_codes = "0 all is fresh; 1 a resource is older than its stale_after, or never succeeded; "
                  "2 usage or configuration error; 3 the database can't be reached",
    .json = true,
    .run = run_status,
};

} // namespace pcmirror
