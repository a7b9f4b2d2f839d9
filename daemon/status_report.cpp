#include "daemon/status_report.hpp"

#include "daemon/json.hpp"
#include "daemon/queue_text.hpp"
#include "daemon/table.hpp"
#include "daemon/time_text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {
namespace {

std::optional<WallTime>
next_due(const Schedule& schedule, const ResourceState& state, WallTime now) {
    if (!schedule.every)
        return next_fire(schedule.cron, schedule.timezone, now);
    const std::optional<double> ago = state.round_ago ? state.round_ago : state.last_run_ago;
    if (!ago)
        return now;
    const double left = std::chrono::duration<double>(*schedule.every).count() - *ago;
    return now + std::chrono::seconds(static_cast<long long>(std::max(0.0, left)));
}

std::string or_dash(std::uint64_t number) {
    return number == 0 ? "-" : std::to_string(number);
}

std::string age_text(const ResourceStatus& line) {
    if (!line.state.age)
        return "never";
    return coarse_duration(*line.state.age) + (line.fresh ? "" : " STALE");
}

std::string due_text(const ResourceStatus& line) {
    if (!line.next_due)
        return "-";
    const std::chrono::duration<double> left = *line.next_due - std::chrono::system_clock::now();
    return left.count() < 1 ? "now" : "in " + coarse_duration(left.count());
}

std::string daemon_text(const LivingDaemon& daemon) {
    return fmt::format(
        "{} {} {} on {} (pid {}) since {}\n",
        daemon.kind,
        daemon.daemon_id,
        daemon.version,
        daemon.host,
        daemon.pid,
        daemon.started_at
    );
}

void write_optional(JsonWriter& json, std::string_view name, const std::optional<double>& value) {
    json.key(name);
    value ? json.decimal(*value) : json.null();
}

void write_line(JsonWriter& json, const ResourceStatus& line) {
    const ResourceState& state = line.state;
    json.begin_object().key("resource").text(line.resource);
    json.key("rows").number(state.rows);
    json.key("last_success_at").optional_text(state.last_success_at);
    write_optional(json, "age_seconds", state.age);
    json.key("stale_after_seconds").decimal(line.stale_after_seconds);
    json.key("fresh").boolean(line.fresh);
    json.key("schedule").text(line.schedule);
    json.key("next_due_at");
    line.next_due ? json.text(iso_time(*line.next_due)) : json.null();
    json.key("scopes").number(state.scopes);
    json.key("scopes_failing").number(state.failing);
    json.key("scopes_refused").number(state.refused);
    json.key("scopes_held").number(state.held);
    json.key("scopes_excluded").number(state.excluded);
    json.key("last_error");
    state.last_error.empty() ? json.null() : json.text(state.last_error);
    json.end_object();
}

void write_daemon(JsonWriter& json, const LivingDaemon& daemon) {
    json.begin_object().key("daemon_id").number(daemon.daemon_id);
    json.key("kind").text(daemon.kind);
    json.key("version").text(daemon.version);
    json.key("host").text(daemon.host).key("pid").number(daemon.pid);
    json.key("started_at").text(daemon.started_at);
    json.key("heartbeat_seconds_ago").decimal(daemon.heartbeat_ago).end_object();
}

} // namespace

bool MirrorStatus::fresh() const {
    return std::ranges::all_of(lines, [](const ResourceStatus& line) { return line.fresh; });
}

MirrorStatus read_status(
    const Settings& settings, const std::vector<const Resource*>& resources, DatabasePool& pool
) {
    ReportStore store(pool);
    MirrorStatus status;
    status.queue = read_queue(pool);
    status.daemons = store.daemons();
    const bool polled = std::ranges::any_of(status.daemons, [](const LivingDaemon& daemon) {
        return daemon.kind == "run";
    });
    const WallTime now = std::chrono::system_clock::now();
    for (const Resource* resource : resources) {
        ResourceStatus line;
        line.resource = resource->name;
        const Schedule& schedule = settings.schedules.at(line.resource);
        line.schedule = show_schedule(schedule);
        line.state = store.state_of(*resource);
        line.stale_after_seconds =
            std::chrono::duration<double>(stale_after(schedule, now)).count();
        line.fresh = line.state.age && *line.state.age <= line.stale_after_seconds;
        if (polled)
            line.next_due = next_due(schedule, line.state, now);
        status.lines.push_back(std::move(line));
    }
    return status;
}

std::string status_text(const MirrorStatus& status) {
    using Align = TextTable::Align;
    TextTable table(
        {{"resource"},
         {"rows", Align::right},
         {"last success"},
         {"age", Align::right},
         {"schedule"},
         {"next due"},
         {"failing", Align::right},
         {"refused", Align::right},
         {"held", Align::right},
         {"last error"}}
    );
    for (const ResourceStatus& line : status.lines)
        table.add(
            {line.resource,
             std::to_string(line.state.rows),
             line.state.last_success_at.value_or("never"),
             age_text(line),
             line.schedule,
             due_text(line),
             or_dash(line.state.failing),
             or_dash(line.state.refused),
             or_dash(line.state.held),
             line.state.last_error}
        );
    std::string text = table.text() + '\n' + queue_text(status.queue);
    if (status.daemons.empty())
        text += "no daemon is running\n";
    for (const LivingDaemon& daemon : status.daemons)
        text += daemon_text(daemon);
    return text;
}

std::string status_json(const MirrorStatus& status) {
    JsonWriter json;
    json.begin_object().key("fresh").boolean(status.fresh()).key("resources").begin_array();
    for (const ResourceStatus& line : status.lines)
        write_line(json, line);
    json.end_array().key("queue");
    write_queue(json, status.queue);
    json.key("daemons").begin_array();
    for (const LivingDaemon& daemon : status.daemons)
        write_daemon(json, daemon);
    json.end_array().end_object();
    return json.document();
}

} // namespace pcmirror
