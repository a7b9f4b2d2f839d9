#pragma once

#include "daemon/stop_signals.hpp"

namespace pcmirror {

/// What ended a rest.
enum class RestEnd { over, stop, reload };

/// Does nothing for a while but to feed systemd's watchdog; a signal ends it. Blocks.
RestEnd rest_for(Milliseconds time, StopSignals& signals);

} // namespace pcmirror
