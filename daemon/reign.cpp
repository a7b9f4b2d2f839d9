#include "daemon/reign.hpp"

#include "config/log.hpp"
#include "daemon/prepare.hpp"
#include "daemon/selection.hpp"
#include "daemon/systemd.hpp"
#include "daemon/write_back.hpp"

namespace pcmirror {
namespace {

const Settings& prepared(const Settings& settings) {
    prepare_schema(settings);
    return settings;
}

asio::awaitable<void> work(Daemon& daemon, std::optional<Settings>& next) {
    next = co_await daemon.run();
}

} // namespace

Reign::Reign(const Settings& settings, Daemon::Reload reload)
    : program_(prepared(settings), "run"),
      daemon_(program_, scheduled_resources(settings), std::move(reload)) {
    program_.session().renew();
    publish_operations(program_.pool(), settings, program_.session().id());
}

std::optional<Settings> Reign::serve(StopSignals& signals) {
    const auto stop = [this] {
        systemd::stopping();
        program_.cancel();
    };
    const auto reload = [this] { program_.post([this] { daemon_.ask_reload(); }); };
    const auto attached = signals.attach({stop, reload});
    event(
        Level::info,
        "daemon.ready",
        {{field::daemon, program_.session().id()}, {field::version, PCMIRROR_VERSION}}
    );
    systemd::ready();
    std::optional<Settings> next;
    program_.run(work(daemon_, next));
    return next;
}

} // namespace pcmirror
