#include "sync/poll/pace.hpp"

#include <algorithm>

namespace pcmirror {

std::vector<std::chrono::milliseconds>
turns(const Pace& pace, const std::vector<PlannedScope>& scopes, std::size_t all) {
    using std::chrono::milliseconds;
    const milliseconds left = std::max(pace.spread - pace.age, milliseconds(0));
    const milliseconds gap = pace.spread / std::max<std::size_t>(all, 1);
    std::vector<milliseconds> turns;
    turns.reserve(scopes.size());
    milliseconds free(0);
    for (const PlannedScope& scope : scopes) {
        // What is as late as that was missed in an outage.
        if (!scope.age || *scope.age >= pace.interval * 3 / 2) {
            turns.emplace_back(0);
            continue;
        }
        const milliseconds due = std::max(pace.interval - *scope.age, free);
        turns.push_back(std::clamp(due, milliseconds(0), left));
        free = turns.back() + gap;
    }
    return turns;
}

} // namespace pcmirror
