#pragma once

#include "sync/http/clock.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace pcmirror::fakes {

/// A clock that stands still until a test, or `run`, moves it to the next moment somebody waits
/// for.
class FakeClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override { return now_; }

    [[nodiscard]] std::chrono::system_clock::time_point wall_now() const override {
        return wall_start + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                now_.time_since_epoch() - start
                            );
    }

    [[nodiscard]] std::unique_ptr<Alarm> make_alarm(const asio::any_io_executor& executor
    ) override {
        return std::make_unique<FakeAlarm>(*this, executor);
    }

    void advance(Instant::duration time) { move_to(now_ + time); }

    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(now_.time_since_epoch()).count();
    }

    /// Lets everything happen that is ready, then goes to the next moment that is waited for, until
    /// nothing is left or that moment lies after `until`.
    void run(asio::io_context& loop, Instant until = Instant::max()) {
        for (;;) {
            loop.restart();
            loop.poll();
            const Instant next = earliest();
            if (next == Instant::max() || next > until) {
                return;
            }
            move_to(next);
        }
    }

    /// Sun, 01 Nov 2026 12:00:00 GMT.
    static constexpr std::chrono::system_clock::time_point wall_start =
        std::chrono::sys_days(std::chrono::year(2026) / 11 / 1) + std::chrono::hours(12);

  private:
    class FakeAlarm final : public Alarm {
      public:
        FakeAlarm(FakeClock& clock, const asio::any_io_executor& executor)
            : clock_(clock), timer_(executor) {
            clock_.alarms_.push_back(this);
        }

        ~FakeAlarm() override { std::erase(clock_.alarms_, this); }

        FakeAlarm(const FakeAlarm&) = delete;
        FakeAlarm& operator=(const FakeAlarm&) = delete;

        asio::awaitable<void> wait_until(Instant at) override {
            if (at > clock_.now() && !std::exchange(rung_, false)) {
                at_ = at;
                timer_.expires_at(asio::steady_timer::time_point::max());
                const auto [error] =
                    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
                at_ = Instant::max();
                if (!std::exchange(rung_, false)) {
                    throw boost::system::system_error(error);
                }
            }
        }

        void ring() override {
            rung_ = true;
            timer_.cancel();
        }

        [[nodiscard]] Instant at() const { return at_; }

      private:
        FakeClock& clock_;
        asio::steady_timer timer_;
        Instant at_ = Instant::max();
        bool rung_ = false;
    };

    [[nodiscard]] Instant earliest() const {
        Instant next = Instant::max();
        for (const FakeAlarm* alarm : alarms_) {
            next = std::min(next, alarm->at());
        }
        return next;
    }

    void move_to(Instant to) {
        now_ = std::max(now_, to);
        for (FakeAlarm* alarm : alarms_) {
            if (alarm->at() <= now_) {
                alarm->ring();
            }
        }
    }

    static constexpr Instant::duration start = std::chrono::hours(1000);
    Instant now_ = Instant(start);
    std::vector<FakeAlarm*> alarms_;
};

/// What became of a coroutine.
template <typename T> struct Outcome {
    bool done = false;
    std::exception_ptr failure;
    T value{};
};

/// Starts a coroutine, which may be cancelled by a slot; its outcome is filled in when it ends.
template <typename T>
std::shared_ptr<Outcome<T>>
start(asio::io_context& loop, asio::awaitable<T> work, asio::cancellation_slot slot = {}) {
    auto outcome = std::make_shared<Outcome<T>>();
    const auto end = [outcome](const std::exception_ptr& failure, T value) {
        outcome->done = true;
        outcome->failure = failure;
        outcome->value = std::move(value);
    };
    asio::co_spawn(loop, std::move(work), asio::bind_cancellation_slot(slot, end));
    return outcome;
}

/// Runs a coroutine to its end; throws what it threw.
template <typename T> T finish(asio::io_context& loop, FakeClock& clock, asio::awaitable<T> work) {
    const auto outcome = start(loop, std::move(work));
    clock.run(loop);
    if (!outcome->done) {
        throw std::logic_error("the coroutine waits for something that never happens");
    }
    if (outcome->failure) {
        std::rethrow_exception(outcome->failure);
    }
    return std::move(outcome->value);
}

} // namespace pcmirror::fakes
