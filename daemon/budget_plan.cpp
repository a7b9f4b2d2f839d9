#include "daemon/budget_plan.hpp"

#include "daemon/time_text.hpp"
#include "schema/counted.hpp"
#include "sync/db/row_reads.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace pcmirror {
namespace {

double seconds(Milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

double rolling_per_second(const ScheduledLoad& load) {
    return static_cast<double>(load.cost.in_turn) / std::max(seconds(load.interval.longest), 1e-3);
}

double per_second(const ScheduledLoad& load) {
    return static_cast<double>(load.cost.each) / std::max(seconds(load.interval.shortest), 1e-3) +
           rolling_per_second(load);
}

/// Up to what a person would write: whole seconds, minutes from ten minutes on.
double rounded_up(double time) {
    constexpr double minute = 60;
    const double unit = time >= 10 * minute ? minute : 1;
    return std::max(1.0, std::ceil(time / unit) * unit);
}

BudgetLine line_of(const ScheduledLoad& load, double budget, double left_by_others) {
    BudgetLine line{.resource = load.resource, .interval = load.interval};
    line.waits_for = load.waits_for;
    line.requests = load.cost.each + load.cost.in_turn;
    line.first_requests = load.cost.once;
    line.rolling_per_second = rolling_per_second(load);
    const double interval = seconds(load.interval.longest);
    line.age_seconds = interval;
    if (budget <= 0)
        return line;
    const double pass = static_cast<double>(line.requests) / budget;
    line.pass_seconds = pass;
    line.first_seconds = static_cast<double>(line.first_requests) / budget;
    // A pass that outlasts the interval is followed by the next at once.
    line.age_seconds = std::max(interval, pass) + pass;
    if (const double left = left_by_others - line.rolling_per_second; left > 0)
        line.shortest_seconds = rounded_up(static_cast<double>(load.cost.each) / left);
    line.holds = per_second(load) <= left_by_others;
    return line;
}

/// The share of all rows that one pass reads again, so that each has its turn in `full_every`.
double rolling_share(const Resource& resource, const Schedule& schedule) {
    const double every = seconds(comes_every(schedule));
    const double full = seconds(schedule.full_every.value_or(*resource.full_every));
    return std::min(1.0, every / rolling_period(full, every));
}

} // namespace

PassCost
cost_of_pass(const Resource& resource, const ResourceLoad& load, const Schedule& schedule) {
    if (resource.per_row_of != nullptr) {
        const double share = load.rolling_rows == 0 ? 0 : rolling_share(resource, schedule);
        const double in_turn = share * static_cast<double>(load.rolling_rows);
        return {
            .each = load.owed_rows + load.searched_rows,
            .in_turn = static_cast<std::uint64_t>(std::llround(in_turn)),
            .once = load.first_rows};
    }
    const std::uint64_t pages = resource.paging == Paging::seek ? load.pages : load.scopes;
    // Each further listing of a scope is one more answer at least.
    const std::uint64_t further = (resource.listings.size() - 1) * load.scopes;
    // The partner's own list is asked for also where it was never read, or is empty.
    const std::uint64_t least = resource.parent == nullptr ? 1 : 0;
    return {.each = std::max(least, pages + further)};
}

BudgetPlan make_plan(const std::vector<ScheduledLoad>& schedules, double budget_per_second) {
    BudgetPlan plan;
    plan.budget_per_second = budget_per_second;
    for (const ScheduledLoad& load : schedules)
        plan.wanted_per_second += per_second(load);
    for (const ScheduledLoad& load : schedules) {
        const double others = plan.wanted_per_second - per_second(load);
        plan.lines.push_back(line_of(load, budget_per_second, budget_per_second - others));
        plan.holds = plan.holds && plan.lines.back().holds;
    }
    return plan;
}

BudgetPlan read_plan(
    const Settings& settings,
    const std::vector<const Resource*>& resources,
    ReportStore& store,
    double budget_per_second
) {
    std::vector<ScheduledLoad> loads;
    const WallTime now = std::chrono::system_clock::now();
    for (const Resource* resource : resources) {
        const std::string name(resource->name);
        const Schedule& schedule = settings.schedules.at(name);
        const ResourceLoad load = store.load_of(*resource);
        ScheduledLoad& scheduled = loads.emplace_back();
        scheduled.resource = name;
        scheduled.interval = interval_of(schedule, now);
        if (load.waits_for != nullptr)
            scheduled.waits_for = load.waits_for->name;
        else
            scheduled.cost = cost_of_pass(*resource, load, schedule);
    }
    return make_plan(loads, budget_per_second);
}

std::string shortcoming(const BudgetPlan& plan) {
    if (plan.holds)
        return {};
    std::string text = fmt::format(
        "the schedules ask for {:.1f} requests/s, the budget is {:.1f}",
        plan.wanted_per_second,
        plan.budget_per_second
    );
    for (const BudgetLine& line : plan.lines)
        if (!line.holds && line.shortest_seconds)
            text += fmt::format(
                "; {} would hold every {}", line.resource, coarse_duration(*line.shortest_seconds)
            );
        else if (!line.holds && line.rolling_per_second > 0)
            text += fmt::format(
                "; {} re-read in turn ask for {:.1f} whatever the interval: raise its full_every",
                line.resource,
                line.rolling_per_second
            );
    return text;
}

std::vector<std::string> remarks(const BudgetPlan& plan) {
    std::vector<std::string> all;
    std::map<std::string, std::vector<std::string>> unknown;
    for (const BudgetLine& line : plan.lines) {
        if (!line.waits_for.empty())
            unknown[line.waits_for].push_back(line.resource);
        if (line.first_requests > 0)
            all.push_back(fmt::format(
                "{} first: {}{}, once",
                line.resource,
                counted(line.first_requests, "request"),
                line.first_seconds ? ", " + coarse_duration(*line.first_seconds) : ""
            ));
    }
    for (const auto& [waits_for, resources] : unknown)
        all.push_back(fmt::format(
            "not known yet: {}; run: pcmirror sync {}", fmt::join(resources, ", "), waits_for
        ));
    return all;
}

} // namespace pcmirror
