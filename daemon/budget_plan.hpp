#pragma once

#include "daemon/cron_time.hpp"
#include "schema/resource.hpp"
#include "sync/db/report_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// What a schedule asks of the API.
struct ScheduledLoad {
    std::string resource;
    Interval interval;
    std::uint64_t requests = 0; ///< of one pass
};

/// What comes of it.
struct BudgetLine {
    std::string resource;
    Interval interval;
    std::uint64_t requests = 0;
    std::optional<double> pass_seconds; ///< of one pass that has the whole budget; none: no budget
    double age_seconds = 0;             ///< the age that data reaches just before it is read again
    bool holds = true; ///< a pass ends before the next is due, also with the others
    /// The shortest interval that would hold beside the others; absent where they leave nothing.
    std::optional<double> shortest_seconds;
};

struct BudgetPlan {
    std::vector<BudgetLine> lines;
    double wanted_per_second = 0; ///< requests of all schedules together
    double budget_per_second = 0; ///< 0: no budget
    bool holds = true;            ///< all of them
};

/// Requests of one pass over a resource: one for each page of each listing of each scope, or one
/// for each row that it is asked by; of earned ones those owed, and the slice of the rolling
/// re-read that falls into one interval. What counters will call for nobody knows.
std::uint64_t
requests_of_pass(const Resource& resource, const ResourceLoad& load, const Schedule& schedule);

/// Pure arithmetic; `budget_per_second` is 0 where there is none.
BudgetPlan make_plan(const std::vector<ScheduledLoad>& schedules, double budget_per_second);

/// What the schedules of a configuration ask of the API at the current row counts, and whether
/// that holds. Blocks. Throws `DatabaseError`.
BudgetPlan read_plan(
    const Settings& settings,
    const std::vector<const Resource*>& resources,
    ReportStore& store,
    double budget_per_second
);

/// Why a plan does not hold, in words; empty when it does.
std::string shortcoming(const BudgetPlan& plan);

} // namespace pcmirror
