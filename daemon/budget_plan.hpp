#pragma once

#include "daemon/cron_time.hpp"
#include "schema/resource.hpp"
#include "sync/db/report_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// What passes over a resource cost, in requests.
struct PassCost {
    std::uint64_t each = 0;    ///< of each pass, whenever it comes
    std::uint64_t in_turn = 0; ///< of its slice of the rolling re-read, as late as it may come
    std::uint64_t once = 0;    ///< of the first readings, before all that
};

/// What a schedule asks of the API.
struct ScheduledLoad {
    std::string resource;
    Interval interval;
    PassCost cost;
    std::string waits_for = {}; ///< what has to be read before the cost is known; empty: it is
};

/// What comes of it.
struct BudgetLine {
    std::string resource;
    Interval interval;
    std::string waits_for;              ///< as above: nothing of the following is known then
    std::uint64_t requests = 0;         ///< of one pass
    std::optional<double> pass_seconds; ///< of one pass that has the whole budget; none: no budget
    double age_seconds = 0;             ///< the age that data reaches just before it is read again
    bool holds = true; ///< a pass ends before the next is due, also with the others
    /// The shortest interval that would hold beside the others; absent where they leave nothing.
    std::optional<double> shortest_seconds;
    std::uint64_t first_requests = 0; ///< once, in first readings; no schedule is judged by them
    std::optional<double> first_seconds;
    double rolling_per_second = 0; ///< requests of the rolling re-read, whatever the interval is
};

struct BudgetPlan {
    std::vector<BudgetLine> lines;
    double wanted_per_second = 0; ///< requests of all schedules together
    double budget_per_second = 0; ///< 0: no budget
    bool holds = true;            ///< all of them, as far as they are known
};

/// Of a pass: one request for each page of each listing of each scope, or one for each row that it
/// is asked by; of earned ones those owed, those that deviating counters are likely to cost, and
/// the slice of the rolling re-read that falls into one interval.
PassCost cost_of_pass(const Resource& resource, const ResourceLoad& load, const Schedule& schedule);

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

/// What a plan does not judge: costs that come once, and those that are not known yet, with what to
/// do.
std::vector<std::string> remarks(const BudgetPlan& plan);

} // namespace pcmirror
