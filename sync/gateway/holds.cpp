#include "sync/gateway/holds.hpp"

#include <algorithm>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What is said of a customer this long ago has no bearing on now.
constexpr auto memory = 10min;

/// 1 s, 2 s, 4 s, ... 60 s.
milliseconds doubled(int times) {
    return std::min<milliseconds>(1s * (1 << std::clamp(times, 0, 6)), 60s);
}

milliseconds wait(int streak, std::optional<seconds> asked) {
    if (!asked) {
        return doubled(streak);
    }
    return *asked + (streak > 1 ? doubled(streak - 1) : milliseconds(0));
}

} // namespace

milliseconds
Holds::extend(State& state, Instant sent_at, Instant now, std::optional<seconds> asked) {
    // Answers to requests that left before the last 429 arrived say nothing about the wait after
    // it.
    if (state.streak == 0 || sent_at > state.throttled_at) {
        ++state.streak;
        state.throttled_at = now;
    }
    const milliseconds time = wait(state.streak, asked);
    state.until = std::max(state.until, now + time);
    last_end_ = std::max(last_end_, state.until);
    return time;
}

void Holds::settle(State& state, Instant sent_at) {
    if (sent_at > state.throttled_at) {
        state.streak = 0;
    }
}

bool Holds::another_is_held(const Customer& customer, Instant now) const {
    return std::any_of(customers_.begin(), customers_.end(), [&](const auto& entry) {
        return entry.first != customer && entry.second.until > now;
    });
}

void Holds::forget_old(Instant now) {
    std::erase_if(customers_, [&](const auto& entry) { return now - entry.second.until > memory; });
}

Holds::Hold Holds::throttled(
    const Customer& customer, Instant sent_at, Instant now, std::optional<seconds> retry_after
) {
    forget_old(now);
    Hold hold;
    hold.everything = !customer || another_is_held(customer, now);
    if (customer) {
        hold.time = extend(customers_[*customer], sent_at, now, retry_after);
    }
    if (hold.everything) {
        hold.time = std::max(hold.time, extend(everything_, sent_at, now, retry_after));
    }
    return hold;
}

void Holds::succeeded(const Customer& customer, Instant sent_at) {
    settle(everything_, sent_at);
    const auto found = customer ? customers_.find(*customer) : customers_.end();
    if (found != customers_.end()) {
        settle(found->second, sent_at);
    }
}

void Holds::hold_everything(Instant until) {
    everything_.until = std::max(everything_.until, until);
    last_end_ = std::max(last_end_, until);
}

Instant Holds::until(const Customer& customer) const {
    const auto found = customer ? customers_.find(*customer) : customers_.end();
    return found == customers_.end() ? everything_.until
                                     : std::max(everything_.until, found->second.until);
}

} // namespace pcmirror
