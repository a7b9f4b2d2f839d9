#pragma once

#include "daemon/daemon.hpp"
#include "daemon/stop_signals.hpp"

#include <optional>

namespace pcmirror {

/// The daemon under one configuration.
class Reign {
  public:
    /// Migrates the database where that is allowed, and registers the process. Blocks. Throws
    /// `Error` where the configuration can't be worked under.
    Reign(const Settings& settings, Daemon::Reload reload);

    /// Tells systemd that it is ready and works: until another configuration was read, which is
    /// returned, or until a signal stops it, which throws the cancellation.
    std::optional<Settings> serve(StopSignals& signals);

    [[nodiscard]] const Settings& settings() const { return program_.settings(); }

  private:
    Program program_;
    Daemon daemon_;
};

} // namespace pcmirror
