#pragma once

#include "config/settings.hpp"
#include "schema/error.hpp"

#include <functional>
#include <memory>

namespace pcmirror {

/// Hears SIGINT, SIGTERM and SIGHUP on a thread of its own, whatever the other threads wait for.
/// Make it before any other thread: they inherit the blocked signals.
class StopSignals {
  public:
    /// What SIGHUP means.
    enum class HangUp { stops, reloads };

    struct Actions {
        std::function<void()> stop;        ///< at the first signal that stops
        std::function<void()> reload = {}; ///< at SIGHUP where that reloads
    };

    /// What is to be done, for as long as this lives.
    class Attachment {
      public:
        explicit Attachment(StopSignals& signals) : signals_(signals) {}

        ~Attachment();
        Attachment(const Attachment&) = delete;
        Attachment& operator=(const Attachment&) = delete;

      private:
        StopSignals& signals_;
    };

    /// When a second stop comes, or the process still lives `grace` after the first one, it ends
    /// at once with `cut_short`, whatever blocks, the log included.
    StopSignals(Milliseconds grace, ExitCode cut_short, HangUp hang_up = HangUp::stops);
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// The actions are called on the thread of the signals; for a stop that came before, and for
    /// a reload that came and was not taken, at once.
    [[nodiscard]] Attachment attach(Actions actions);

    /// Whether a reload was asked for since the last call. To be called before the configuration
    /// is read, so that what comes meanwhile asks once more.
    bool take_reload();

    /// For stops that come from now on.
    void set_grace(Milliseconds grace);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace pcmirror
