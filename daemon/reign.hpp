#pragma once

#include "daemon/daemon.hpp"
#include "daemon/instruments.hpp"
#include "daemon/request_label.hpp"
#include "daemon/stop_signals.hpp"

#include <optional>
#include <vector>

namespace pcmirror {

/// The daemon under one configuration.
class Reign {
  public:
    /// Migrates the database where that is allowed, and registers the process. Blocks. Throws
    /// `Error` where the configuration can't be worked under. The instruments outlive it.
    Reign(const Settings& settings, Instruments& instruments, Daemon::Reload reload);
    ~Reign();
    Reign(const Reign&) = delete;
    Reign& operator=(const Reign&) = delete;

    /// Tells systemd that it is ready and works: until another configuration was read, which is
    /// returned, or until a signal stops it, which throws the cancellation.
    std::optional<Settings> serve(StopSignals& signals);

    [[nodiscard]] const Settings& settings() const { return program_.settings(); }

  private:
    Instruments& instruments_;
    RequestLabels labels_;
    Program program_;
    std::vector<const Resource*> resources_;
    Daemon daemon_;
};

} // namespace pcmirror
