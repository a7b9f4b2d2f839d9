#pragma once

#include "sync/http/clock.hpp"

#include <map>
#include <optional>
#include <string>

namespace pcmirror {

/// Who is held back by the API's 429, and until when: the customer it was answered for, or
/// everything where the path is the partner's own or a second customer is throttled while a first
/// one is held. Pure.
///
/// The wait is `Retry-After`; without it 2 s. A request that was sent after the wait and is
/// throttled again doubles what is added on top of that, up to 60 s.
class Holds {
  public:
    using Customer = std::optional<std::string>; ///< none: the partner's own

    struct Hold {
        bool everything = false;
        std::chrono::milliseconds time{0};
    };

    /// A request sent at `sent_at` was answered with 429 at `now`.
    Hold throttled(
        const Customer& customer,
        Instant sent_at,
        Instant now,
        std::optional<std::chrono::seconds> retry_after
    );

    /// A request sent at `sent_at` was served.
    void succeeded(const Customer& customer, Instant sent_at);

    /// Somebody else was throttled: nothing goes before `until`.
    void hold_everything(Instant until);

    /// When the customer's next request may go; `Instant::min()` when nothing was ever held.
    [[nodiscard]] Instant until(const Customer& customer) const;

    /// After this nobody is held back.
    [[nodiscard]] Instant last_end() const { return last_end_; }

  private:
    struct State {
        Instant until = Instant::min();
        Instant throttled_at = Instant::min();
        int streak = 0;
    };

    [[nodiscard]] bool another_is_held(const Customer& customer, Instant now) const;
    std::chrono::milliseconds
    extend(State& state, Instant sent_at, Instant now, std::optional<std::chrono::seconds> asked);
    static void settle(State& state, Instant sent_at);
    void forget_old(Instant now);

    State everything_;
    Instant last_end_ = Instant::min();
    std::map<std::string, State> customers_;
};

} // namespace pcmirror
