#pragma once

#include "config/settings.hpp"
#include "sync/gateway/allowance.hpp"
#include "sync/gateway/budget.hpp"
#include "sync/gateway/concurrency.hpp"
#include "sync/gateway/fair_queue.hpp"
#include "sync/gateway/holds.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace pcmirror {

/// A call in the queue. Rung when it was granted or failed.
struct Waiter {
    std::optional<std::string> customer;
    bool patient = true; ///< see `Call`
    std::unique_ptr<Alarm> alarm;
    Instant send_by = Instant::max();
    bool granted = false;
    std::exception_ptr failure = nullptr;
};

/// Hands out permits, in one coroutine of its own that runs while calls wait. Used through `Gate`.
class Dispatcher {
  public:
    Dispatcher(
        asio::any_io_executor executor,
        const PartnerCenterSettings& settings,
        SharedBudget* budget,
        Clock& clock
    );

    [[nodiscard]] Instant now() const { return clock_.now(); }

    [[nodiscard]] std::unique_ptr<Alarm> make_alarm() { return clock_.make_alarm(executor_); }

    [[nodiscard]] bool held(const std::optional<std::string>& customer) const;

    /// The waiter stays where it is until it was rung or has left.
    static void push(const std::shared_ptr<Dispatcher>& self, Priority priority, Waiter& waiter);

    /// Whoever goes without having taken the permit gives up the place, in the queue or in flight.
    void leave(Waiter& waiter);

    /// A request is no longer in flight.
    void release();

    /// Cancels all who wait.
    void close();

    Holds::Hold throttled(
        const std::optional<std::string>& customer,
        Instant sent_at,
        std::optional<std::chrono::seconds> retry_after
    );
    void succeeded(const std::optional<std::string>& customer, Instant sent_at);

  private:
    static asio::awaitable<void> hand_out(std::shared_ptr<Dispatcher> self);
    asio::awaitable<void> step();
    asio::awaitable<void> fill_allowance();
    void grant_one();
    void fail(Waiter& waiter, std::exception_ptr failure);
    void fail_all(const std::exception_ptr& failure);
    void fail_hopeless();
    [[nodiscard]] bool waits_too_long(const Waiter& waiter) const;
    [[nodiscard]] std::size_t ready() const;
    [[nodiscard]] Instant next_release() const;

    asio::any_io_executor executor_;
    Clock& clock_;
    SharedBudget* budget_;
    std::unique_ptr<Alarm> wake_;
    FairQueue<Waiter*> queue_;
    Concurrency concurrency_;
    Allowance allowance_;
    Holds holds_;
    int in_flight_ = 0;
    bool handing_out_ = false;
    bool closed_ = false;
    bool throttled_ = false; ///< said so in the log, and not yet that it is over
};

} // namespace pcmirror
