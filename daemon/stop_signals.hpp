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
    struct Actions {
        std::function<void()> stop;        ///< at the first SIGINT or SIGTERM
        std::function<void()> reload = {}; ///< at SIGHUP; without it SIGHUP stops, too
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

    /// When a second signal comes, or the process still lives `grace` after the first one, it ends
    /// at once with `cut_short`.
    StopSignals(Milliseconds grace, ExitCode cut_short);
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// The actions are called on the thread of the signals; a stop that came before at once.
    [[nodiscard]] Attachment attach(Actions actions);

    /// For stops that come from now on.
    void set_grace(Milliseconds grace);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace pcmirror
