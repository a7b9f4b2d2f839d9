#pragma once

#include "config/settings.hpp"
#include "sync/gateway/budget.hpp"
#include "sync/gateway/holds.hpp"
#include "sync/gateway/partner_center.hpp"
#include "sync/http/clock.hpp"

#include <memory>
#include <optional>
#include <string>

namespace pcmirror {

class Dispatcher;

/// Leave to send one request. Gives its place in flight back when it goes.
class Permit {
  public:
    Permit(std::shared_ptr<Dispatcher> from, std::optional<std::string> customer, Instant send_by);
    ~Permit();
    Permit(Permit&& other) noexcept = default;
    Permit& operator=(Permit&&) = delete;
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;

    /// Whether the request may still leave: its share of the budget has not expired, and nobody was
    /// told to hold it back meanwhile.
    [[nodiscard]] bool good() const;

  private:
    std::shared_ptr<Dispatcher> dispatcher_;
    std::optional<std::string> customer_;
    Instant send_by_;
};

/// Decides when each request may leave: priorities, concurrency, budget, holds.
class Gate {
  public:
    /// `budget` may be null: none.
    Gate(
        asio::any_io_executor executor,
        const PartnerCenterSettings& settings,
        SharedBudget* budget,
        Clock& clock
    );
    ~Gate(); ///< cancels who still waits
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// Waits for the turn. Throws `NotNow` when the API asked to stay away for longer than the call
    /// may wait, or what the shared budget threw. Cancellation passes through.
    asio::awaitable<Permit> enter(const Call& call);

    /// A request sent at `sent_at` was answered with 429. Says who is held back now, and how long.
    Holds::Hold throttled(
        const std::optional<std::string>& customer,
        Instant sent_at,
        std::optional<std::chrono::seconds> retry_after
    );

    /// A request sent at `sent_at` was served.
    void succeeded(const std::optional<std::string>& customer, Instant sent_at);

  private:
    /// Shared with the permits, because frames that a stopped event loop still holds go after the
    /// gate.
    std::shared_ptr<Dispatcher> dispatcher_;
};

} // namespace pcmirror
