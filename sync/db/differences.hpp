#pragma once

#include "sync/db/row_portion.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Counted upstream less mirrored, for each thing that is counted.
using Differences = std::map<std::string, long long>;

/// What is usual for one of them; 0 where nothing is known.
long long usual_of(const Differences& usual, const std::string& counted);

/// A difference with so many rows mirrored whose deletes are held: whether they are there or not is
/// unknown, so they explain either.
long long closest_to_usual(long long usual, long long difference, long long held);

/// What a dry run found of a scope, each row once: what counts it, and whether it would be there
/// (1) or not (-1). Keys as change_log has them.
struct Finding {
    std::string counted;
    long long change = 0;
};

using Findings = std::map<std::string, Finding>;

/// By how many rows more, of each thing that is counted.
Differences sum_of(const Findings& findings);

/// What counters say of rows that the mirror does not show.
struct Deviation {
    std::vector<std::string> risen;  ///< counted more often than it is mirrored
    std::vector<std::string> fallen; ///< less often

    [[nodiscard]] bool empty() const { return risen.empty() && fallen.empty(); }

    /// Both, sorted.
    [[nodiscard]] std::vector<std::string> counters() const;
};

/// How `now` deviates from the differences that are usual. One that is `expected` (our own findings
/// made it, and the counter may lag behind them) does not deviate.
Deviation
deviation_of(const Differences& now, const Differences& usual, const Differences& expected);

/// What deviated before this pass read anything, too: what appeared since is its own finding.
Deviation lasting(const Deviation& before, const Deviation& now);

/// Differences to be expected from now on: what deviates but did not before this pass although its
/// counter did not move (`moved`, sorted), and what was expected and is still so.
Differences expected_after(
    const Differences& now,
    const Differences& usual,
    const Differences& expected,
    const Deviation& before,
    const std::vector<std::string>& moved
);

/// JSON; an empty text for none.
std::string to_json(const Differences& differences);
Differences read_differences(std::string_view json);
std::string counters_to_json(const std::vector<std::string>& counters);
std::vector<std::string> read_counters(std::string_view json);

/// An object: of each row what is held of it, `{}` for none.
std::string held_to_json(const HeldRows& rows);

} // namespace pcmirror
