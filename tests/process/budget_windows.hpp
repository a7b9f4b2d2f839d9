#pragma once

#include "sync/gateway/budget.hpp"
#include "tests/support/simulator.hpp"

#include <chrono>
#include <cmath>
#include <string>

namespace pcmirror::testing {

/// What the arithmetic of the budget lets through in a window of so many seconds. `in_flight`: the
/// most requests that may be under way when it begins; they arrive within it, however long ago they
/// were sent, where the simulator or who sent them was held up.
inline double most_requests(int per_minute, int window_s, int in_flight) {
    const Bucket bucket = Bucket::for_budget(per_minute);
    const double late = std::chrono::duration<double>(Bucket::grant_life).count() + 1;
    return std::floor(bucket.capacity + bucket.refill_per_second * (window_s + late)) + in_flight;
}

/// The most requests that the simulator saw in any window of so many seconds.
inline double busiest_window(const Simulator& simulator, int window_s) {
    const std::string path = "/stats?window_ms=" + std::to_string(window_s * 1000);
    return simulator.control("GET", path)["max_requests_in_window"];
}

} // namespace pcmirror::testing
