#pragma once

#include "config/settings.hpp"
#include "daemon/instruments.hpp"

#include <memory>

namespace pcmirror {

/// Serves `/healthz`, `/readyz`, `/metrics` and the status page `/` on `admin.listen`, on a thread
/// of its own, so that it answers whatever the daemon is at. An address that can't be listened on
/// is logged and tried again: it stops no work.
class AdminEndpoint {
  public:
    /// Instruments outlive it. Nothing is served where `admin.listen` is empty.
    AdminEndpoint(const Settings& settings, Instruments& instruments);
    ~AdminEndpoint();
    AdminEndpoint(const AdminEndpoint&) = delete;
    AdminEndpoint& operator=(const AdminEndpoint&) = delete;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace pcmirror
