#include "sync/gateway/dispatcher.hpp"

#include "config/log.hpp"
#include "config/read.hpp"
#include "schema/counted.hpp"
#include "schema/error.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;

/// A call that would be held back for longer fails for now instead; its scope comes round again.
constexpr auto longest_hold = 10min;

std::string held_for(Instant::duration left, std::chrono::system_clock::time_point wall_now) {
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(left);
    const auto end = std::chrono::system_clock::to_time_t(wall_now + minutes);
    return fmt::format(
        "the API asked to send nothing for another {}, until {:%Y-%m-%d %H:%M} UTC",
        counted(minutes.count(), "minute"),
        fmt::gmtime(end)
    );
}

} // namespace

Dispatcher::Dispatcher(
    asio::any_io_executor executor,
    const PartnerCenterSettings& settings,
    SharedBudget* budget,
    Clock& clock
)
    : executor_(std::move(executor)), clock_(clock), budget_(budget),
      wake_(clock.make_alarm(executor_)), concurrency_(settings.concurrency),
      allowance_(settings.requests_per_minute) {}

bool Dispatcher::held(const std::optional<std::string>& customer) const {
    return clock_.now() < holds_.until(customer);
}

void Dispatcher::push(const std::shared_ptr<Dispatcher>& self, Priority priority, Waiter& waiter) {
    self->queue_.push(priority, &waiter);
    if (std::exchange(self->handing_out_, true)) {
        self->wake_->ring();
    } else {
        // Detached, but bounded: it ends when the queue is empty or the gate goes.
        asio::co_spawn(self->executor_, hand_out(self), asio::detached);
    }
}

void Dispatcher::leave(Waiter& waiter) {
    if (std::exchange(waiter.granted, false)) {
        release();
    } else if (queue_.remove(&waiter)) {
        wake_->ring();
    }
}

void Dispatcher::release() {
    --in_flight_;
    wake_->ring();
}

void Dispatcher::close() {
    closed_ = true;
    fail_all(std::make_exception_ptr(boost::system::system_error(asio::error::operation_aborted)));
    wake_->ring();
}

asio::awaitable<void> Dispatcher::hand_out(std::shared_ptr<Dispatcher> self) {
    while (!self->queue_.empty() && !self->closed_) {
        try {
            co_await self->step();
        } catch (const std::exception&) {
            self->fail_all(std::current_exception());
        }
    }
    self->handing_out_ = false;
}

asio::awaitable<void> Dispatcher::step() {
    fail_hopeless();
    const bool room = in_flight_ < concurrency_.allowed();
    if (!room || ready() == 0) {
        const Instant until = room ? next_release() : Instant::max();
        co_await wake_->wait_until(until);
    } else if (budget_ != nullptr && !allowance_.at_hand(clock_.now())) {
        co_await fill_allowance();
    } else {
        grant_one();
    }
}

asio::awaitable<void> Dispatcher::fill_allowance() {
    const Grant grant = co_await budget_->take(allowance_.next_chunk(ready()));
    const Instant answered_at = clock_.now();
    if (grant.blocked_for > 0ms) {
        holds_.hold_everything(answered_at + grant.blocked_for);
    }
    if (grant.requests > 0) {
        allowance_.add(grant, answered_at);
        co_return;
    }
    // A ring says that the queue changed, not that there is budget: sleep on while anybody waits.
    const Instant again = answered_at + std::max(grant.ask_again_after, 1ms);
    while (clock_.now() < again && !queue_.empty() && !closed_) {
        co_await wake_->wait_until(again);
    }
}

void Dispatcher::grant_one() {
    const std::optional<Waiter*> next =
        queue_.pop([&](const Waiter* waiter) { return !held(waiter->customer); });
    if (!next) {
        return;
    }
    Waiter& waiter = **next;
    waiter.granted = true;
    if (budget_ != nullptr) {
        waiter.send_by = allowance_.spend();
    }
    ++in_flight_;
    waiter.alarm->ring();
}

void Dispatcher::fail(Waiter& waiter, std::exception_ptr failure) {
    queue_.remove(&waiter);
    waiter.failure = std::move(failure);
    waiter.alarm->ring();
}

void Dispatcher::fail_all(const std::exception_ptr& failure) {
    std::vector<Waiter*> waiting;
    queue_.for_each([&](Waiter* waiter) { waiting.push_back(waiter); });
    for (Waiter* waiter : waiting) {
        fail(*waiter, failure);
    }
}

void Dispatcher::fail_hopeless() {
    const Instant now = clock_.now();
    if (holds_.last_end() <= now) {
        return;
    }
    const auto refusal = [&]<typename Kind>(std::in_place_type_t<Kind>, Instant until) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
        return std::make_exception_ptr(Kind(held_for(left, clock_.wall_now()), left));
    };
    const Instant everything = holds_.until(std::nullopt);
    if (everything > now + longest_hold) {
        fail_all(refusal(std::in_place_type<HeldForLong>, everything));
        return;
    }
    std::vector<Waiter*> hopeless;
    queue_.for_each([&](Waiter* waiter) {
        if (waits_too_long(*waiter)) {
            hopeless.push_back(waiter);
        }
    });
    for (Waiter* waiter : hopeless) {
        fail(*waiter, refusal(std::in_place_type<NotNow>, holds_.until(waiter->customer)));
    }
}

bool Dispatcher::waits_too_long(const Waiter& waiter) const {
    const Instant now = clock_.now();
    const Instant latest =
        waiter.patient ? now + longest_hold : std::max(now, holds_.until(std::nullopt));
    return holds_.until(waiter.customer) > latest;
}

std::size_t Dispatcher::ready() const {
    if (holds_.last_end() <= clock_.now()) {
        return queue_.size();
    }
    std::size_t count = 0;
    queue_.for_each([&](const Waiter* waiter) { count += held(waiter->customer) ? 0U : 1U; });
    return count;
}

Instant Dispatcher::next_release() const {
    Instant next = Instant::max();
    queue_.for_each([&](const Waiter* waiter) {
        next = std::min(next, holds_.until(waiter->customer));
    });
    return next;
}

Holds::Hold Dispatcher::throttled(
    const std::optional<std::string>& customer,
    Instant sent_at,
    std::optional<std::chrono::seconds> retry_after
) {
    const Instant now = clock_.now();
    const Holds::Hold hold = holds_.throttled(customer, sent_at, now, retry_after);
    concurrency_.throttled(now);
    if (!std::exchange(throttled_, true)) {
        event(
            Level::warn,
            "api.throttled",
            {{field::customer, hold.everything ? "all" : *customer},
             {field::after, show_duration(hold.time)}}
        );
    }
    wake_->ring();
    return hold;
}

void Dispatcher::succeeded(const std::optional<std::string>& customer, Instant sent_at) {
    holds_.succeeded(customer, sent_at);
    concurrency_.succeeded();
    if (throttled_ && concurrency_.at_limit()) {
        throttled_ = false;
        event(Level::info, "api.throttling_ended", {});
    }
    wake_->ring();
}

} // namespace pcmirror
