#include "daemon/budget_plan.hpp"

#include "daemon/time_text.hpp"
#include "sync/db/row_reads.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace pcmirror {
namespace {

double seconds(Milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

double per_second(const ScheduledLoad& load) {
    return static_cast<double>(load.requests) / std::max(seconds(load.interval.shortest), 1e-3);
}

/// Up to what a person would write: whole seconds, minutes from ten minutes on.
double rounded_up(double time) {
    constexpr double minute = 60;
    const double unit = time >= 10 * minute ? minute : 1;
    return std::max(1.0, std::ceil(time / unit) * unit);
}

BudgetLine line_of(const ScheduledLoad& load, double budget, double left_by_others) {
    BudgetLine line{load.resource, load.interval, load.requests, {}, {}, true, {}};
    const double interval = seconds(load.interval.longest);
    line.age_seconds = interval;
    if (budget <= 0)
        return line;
    const double pass = static_cast<double>(load.requests) / budget;
    line.pass_seconds = pass;
    // A pass that outlasts the interval is followed by the next at once.
    line.age_seconds = std::max(interval, pass) + pass;
    if (left_by_others > 0)
        line.shortest_seconds = rounded_up(static_cast<double>(load.requests) / left_by_others);
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

std::uint64_t
requests_of_pass(const Resource& resource, const ResourceLoad& load, const Schedule& schedule) {
    if (resource.per_row_of != nullptr) {
        const double share = load.rolling_rows == 0 ? 0 : rolling_share(resource, schedule);
        return load.owed_rows + static_cast<std::uint64_t>(
                                    std::llround(share * static_cast<double>(load.rolling_rows))
                                );
    }
    const std::uint64_t pages = resource.paging == Paging::seek ? load.pages : load.scopes;
    // Each further listing of a scope is one more answer at least.
    const std::uint64_t further = (resource.listings.size() - 1) * load.scopes;
    return std::max<std::uint64_t>(1, pages + further);
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
        loads.push_back(
            {name,
             interval_of(settings.schedules.at(name), now),
             requests_of_pass(*resource, store.load_of(*resource), settings.schedules.at(name))}
        );
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
    return text;
}

} // namespace pcmirror
