#include "daemon/reign.hpp"

#include "config/log.hpp"
#include "daemon/budget_plan.hpp"
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

/// Data that gets older than it should is told of before it is.
void warn_of_schedules(Program& program, const std::vector<const Resource*>& resources) {
    ReportStore store(program.pool());
    const BudgetPlan plan =
        read_plan(program.settings(), resources, store, program.api().requests_per_second());
    if (!plan.holds)
        event(
            Level::warn,
            "schedules.do_not_hold",
            {{field::error, shortcoming(plan)}, {field::hint, "pcmirror plan tells more"}}
        );
}

std::vector<std::string_view> names_of(const std::vector<const Resource*>& resources) {
    std::vector<std::string_view> names;
    names.reserve(resources.size());
    for (const Resource* resource : resources)
        names.push_back(resource->name);
    return names;
}

asio::awaitable<void> work(Daemon& daemon, std::optional<Settings>& next) {
    next = co_await daemon.run();
}

} // namespace

Reign::Reign(const Settings& settings, Instruments& instruments, Daemon::Reload reload)
    : instruments_(instruments), labels_(catalogue(), settings.partner_center.login_url),
      program_(
          prepared(settings),
          "run",
          Program::Budget::shared,
          [this](const SentRequest& sent) {
              instruments_.metrics.request_ended(
                  labels_.of(sent.method, sent.url), sent.status, sent.took
              );
          }
      ),
      resources_(scheduled_resources(settings)),
      daemon_(program_, instruments_, resources_, std::move(reload)) {
    program_.session().renew();
    publish_operations(program_.pool(), settings, program_.session().id());
    warn_of_schedules(program_, resources_);
}

Reign::~Reign() {
    instruments_.vitals.rest();
}

std::optional<Settings> Reign::serve(StopSignals& signals) {
    const auto stop = [this] {
        systemd::stopping();
        instruments_.health.set({"daemon.stopping", "it is being stopped", {}});
        program_.cancel();
    };
    const auto reload = [this] { program_.post([this] { daemon_.ask_reload(); }); };
    event(
        Level::info,
        "daemon.ready",
        {{field::daemon, program_.session().id()}, {field::version, PCMIRROR_VERSION}}
    );
    instruments_.health.begin_anew(names_of(resources_));
    systemd::ready();
    // A signal that came already acts here.
    const auto attached = signals.attach({stop, reload});
    std::optional<Settings> next;
    program_.run(work(daemon_, next));
    return next;
}

} // namespace pcmirror
