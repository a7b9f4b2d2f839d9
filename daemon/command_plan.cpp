#include "daemon/budget_plan.hpp"
#include "daemon/commands.hpp"
#include "daemon/json.hpp"
#include "daemon/output.hpp"
#include "daemon/prepare.hpp"
#include "daemon/program.hpp"
#include "daemon/selection.hpp"
#include "daemon/table.hpp"
#include "daemon/time_text.hpp"

#include <fmt/format.h>

namespace pcmirror {
namespace {

std::string or_dash(const std::optional<double>& seconds) {
    return seconds ? coarse_duration(*seconds) : "-";
}

std::string plan_text(const BudgetPlan& plan, const Settings& settings) {
    using Align = TextTable::Align;
    TextTable table(
        {{"resource"},
         {"schedule"},
         {"requests", Align::right},
         {"time", Align::right},
         {"data age", Align::right},
         {"holds"},
         {"shortest interval", Align::right}}
    );
    for (const BudgetLine& line : plan.lines) {
        const std::string schedule = show_schedule(settings.schedules.at(line.resource));
        if (!line.waits_for.empty())
            table.add({line.resource, schedule, "not known", "-", "-", "-", "-"});
        else
            table.add(
                {line.resource,
                 schedule,
                 std::to_string(line.requests),
                 or_dash(line.pass_seconds),
                 coarse_duration(line.age_seconds),
                 line.holds ? "yes" : "no",
                 or_dash(line.shortest_seconds)}
            );
    }
    std::string text = table.text();
    for (const std::string& remark : remarks(plan))
        text += remark + '\n';
    if (plan.budget_per_second <= 0)
        return text + "no budget: requests_per_minute is 0\n";
    if (!plan.holds)
        return text + shortcoming(plan) + '\n';
    return text + fmt::format(
                      "all together: {:.2f} of {:.2f} requests/s\n",
                      plan.wanted_per_second,
                      plan.budget_per_second
                  );
}

void write_seconds(JsonWriter& json, std::string_view name, const std::optional<double>& seconds) {
    json.key(name);
    seconds ? json.decimal(*seconds) : json.null();
}

void write_line(JsonWriter& json, const BudgetLine& line, const std::string& schedule) {
    const bool known = line.waits_for.empty();
    json.begin_object().key("resource").text(line.resource);
    json.key("schedule").text(schedule);
    json.key("waits_for");
    known ? json.null() : json.text(line.waits_for);
    json.key("requests");
    known ? json.number(line.requests) : json.null();
    write_seconds(json, "pass_seconds", known ? line.pass_seconds : std::nullopt);
    write_seconds(json, "age_seconds", known ? std::optional(line.age_seconds) : std::nullopt);
    json.key("holds");
    known ? json.boolean(line.holds) : json.null();
    write_seconds(json, "shortest_interval_seconds", known ? line.shortest_seconds : std::nullopt);
    json.key("first_requests");
    known ? json.number(line.first_requests) : json.null();
    write_seconds(json, "first_seconds", known ? line.first_seconds : std::nullopt);
    json.end_object();
}

std::string plan_json(const BudgetPlan& plan, const Settings& settings) {
    JsonWriter json;
    json.begin_object().key("holds").boolean(plan.holds);
    json.key("requests_per_second").decimal(plan.wanted_per_second);
    write_seconds(
        json,
        "budget_per_second",
        plan.budget_per_second > 0 ? std::optional(plan.budget_per_second) : std::nullopt
    );
    json.key("resources").begin_array();
    for (const BudgetLine& line : plan.lines)
        write_line(json, line, show_schedule(settings.schedules.at(line.resource)));
    json.end_array().end_object();
    return json.document();
}

ExitCode run_plan(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    require_schema(settings);
    Program program(settings, "plan");
    ReportStore store(program.pool());
    const BudgetPlan plan = read_plan(
        settings, scheduled_resources(settings), store, program.api().requests_per_second()
    );
    print(invocation.json ? plan_json(plan, settings) : plan_text(plan, settings));
    return plan.holds ? ExitCode::success : ExitCode::partial;
}

} // namespace

const Command plan_command{
    .name = "plan",
    .summary = "whether the schedules fit the request budget",
    .more =
        "For each schedule: the requests and the time that one pass needs at the current row "
        "counts, the age that the data will reach, whether it holds beside the others, and the "
        "shortest interval that would. Time and age: of a pass that has the budget to itself. What "
        "is asked once, in first readings, stands apart.",
    .example = "pcmirror plan",
    .exit_codes = "0 all schedules hold; 1 some do not; 2 usage or configuration error; "
                  "3 database",
    .json = true,
    .run = run_plan,
};

} // namespace pcmirror
