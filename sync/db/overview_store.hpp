#pragma once

#include "sync/db/pool.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pcmirror {

/// A scope in trouble.
struct TroubledScope {
    std::string resource;
    std::string customer_id;  ///< empty: the partner's own
    std::string company_name; ///< empty: not known
    std::string state;        ///< failing, refused, held
    std::string error;
    int failures = 0;             ///< in a row
    double asked_seconds_ago = 0; ///< at the last attempt
};

/// Changes of one kind that one run or job made to a customer's rows; without values, which may be
/// personal.
struct RecentChange {
    std::string resource;
    std::string operation; ///< insert, update, delete
    std::string company_name;
    std::string customer_id;
    std::string columns; ///< that updates changed, `a, b`
    std::uint64_t rows = 0;
    std::string job_id; ///< empty: a poll found it
    double seconds_ago = 0;
};

/// What passes did to a resource within the last day.
struct DayOfResource {
    std::uint64_t inserted = 0;
    std::uint64_t updated = 0;
    std::uint64_t deleted = 0;
    std::uint64_t runs = 0;
    std::uint64_t broken_runs = 0; ///< failed or interrupted
};

inline constexpr std::size_t hours_of_day = 24;

/// Requests in each of the last 24 hours, the oldest first; those of a pass that took longer are
/// spread over its time.
using RequestsByHour = std::array<double, hours_of_day>;

/// What is behind the figures of `status`.
struct Overview {
    std::vector<TroubledScope> troubled;           ///< held ones first
    std::uint64_t troubled_scopes = 0;             ///< all
    std::map<std::string, std::uint64_t> rejected; ///< records by resource
    std::map<std::string, DayOfResource> day;
    std::map<std::string, RequestsByHour> requests; ///< by resource; `jobs`
    std::vector<RecentChange> changes;              ///< of the last thousand rows, newest first
    std::uint64_t customers_throttled = 0;
    double partner_throttled_for = 0; ///< seconds; 0: it is not
};

inline constexpr int scopes_shown = 50; ///< of each state
inline constexpr int changes_shown = 20;

/// Reads it in one transaction. Blocks. Throws `DatabaseError`.
Overview read_overview(DatabasePool& pool);

} // namespace pcmirror
