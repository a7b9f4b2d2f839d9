#pragma once

#include "daemon/health.hpp"
#include "daemon/metrics.hpp"
#include "daemon/vitals.hpp"

namespace pcmirror {

/// What a daemon tells of itself, under whichever configuration it works. Any thread.
struct Instruments {
    Health health;
    Vitals vitals;
    Metrics metrics;
};

} // namespace pcmirror
