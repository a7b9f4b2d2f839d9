#pragma once

#include "daemon/admin_endpoint.hpp"
#include "daemon/command.hpp"
#include "daemon/instruments.hpp"
#include "daemon/reign.hpp"

#include <memory>
#include <optional>
#include <string>

namespace pcmirror {

/// One configuration after the other: a new one that can't be worked under gives way to the last
/// one that could. Where that fails as well, as while the database is away, both are tried until
/// one works.
class Succession {
  public:
    Succession(const Invocation& invocation, StopSignals& signals);

    /// Works until a signal stops it; that may throw the cancellation. Throws `Error` where the
    /// first configuration can't be worked under.
    void run();

  private:
    /// Null: it was stopped before one began.
    std::unique_ptr<Reign> begin(Settings newest);
    std::unique_ptr<Reign> attempt(const Settings& settings);
    /// The same; null, and in the log, where it fails.
    std::unique_ptr<Reign> attempt_newest(const Settings& newest, bool& told);
    std::unique_ptr<Reign> attempt_good();
    /// Whether to go on; reads the configuration anew if asked to.
    bool rest(Settings& newest, bool& told);
    Settings read();
    void show(const Settings& settings);

    const Invocation& invocation_;
    StopSignals& signals_;
    Instruments instruments_;
    std::unique_ptr<AdminEndpoint>
        endpoint_;                 ///< of the configuration that is, or was, worked under
    std::optional<Settings> good_; ///< could be worked under
    std::string trouble_;          ///< why there is no reign, when there was one
};

} // namespace pcmirror
