#include "sync/gateway/budget.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pcmirror {

namespace {

using std::chrono::milliseconds;

/// A step back of more than this is somebody setting the clock, not two readers crossing.
constexpr double clock_was_set = 60;

milliseconds milliseconds_of(double seconds) {
    return milliseconds(std::llround(std::ceil(seconds * 1000)));
}

void refill(const Bucket& bucket, BucketState& state, double now) {
    const double passed = now - state.updated_at;
    if (passed > 0) {
        state.tokens += passed * bucket.refill_per_second;
    }
    if (passed > 0 || passed < -clock_was_set) {
        state.updated_at = now;
    }
    state.tokens = std::clamp(state.tokens, 0.0, bucket.capacity);
}

class LocalBudget final : public SharedBudget {
  public:
    LocalBudget(int per_minute, std::function<double()> now)
        : bucket_(Bucket::for_budget(per_minute)),
          now_(std::move(now)), state_{bucket_.capacity, now_()},
          blocked_until_(state_.updated_at) {}

    asio::awaitable<Grant> take(int wanted) override {
        const double now = now_();
        if (now < blocked_until_) {
            Grant none;
            none.blocked_for = milliseconds_of(blocked_until_ - now);
            none.ask_again_after = none.blocked_for;
            co_return none;
        }
        co_return pcmirror::take(bucket_, state_, now, wanted);
    }

    /// Customers that are held back are the gateway's business: it is the only one who asks.
    asio::awaitable<void>
    block(std::optional<std::string> customer_id, milliseconds time) override {
        if (!customer_id) {
            const double seconds = std::chrono::duration<double>(time).count();
            blocked_until_ = std::max(blocked_until_, now_() + seconds);
        }
        co_return;
    }

  private:
    Bucket bucket_;
    std::function<double()> now_;
    BucketState state_;
    double blocked_until_;
};

} // namespace

Bucket Bucket::for_budget(int per_minute) {
    const int budget = std::max(per_minute, 1);
    const double window = 60 + std::chrono::duration<double>(grant_life).count() + 1;
    // Tokens are granted whole, so a window may come as near to N + 1 as rounding errors allow.
    constexpr double margin = 0.01;

    Bucket bucket;
    bucket.capacity = std::max(1, budget / 50);
    bucket.refill_per_second = (budget + 1 - margin - bucket.capacity) / window;
    return bucket;
}

Grant take(const Bucket& bucket, BucketState& state, double now, int wanted) {
    refill(bucket, state, now);
    Grant grant;
    grant.requests = std::clamp(static_cast<int>(state.tokens), 0, std::max(wanted, 0));
    grant.valid_for = Bucket::grant_life;
    state.tokens -= grant.requests;
    if (grant.requests == 0) {
        const double missing = std::max(1 - state.tokens, 0.0);
        grant.ask_again_after = milliseconds_of(missing / bucket.refill_per_second);
    }
    return grant;
}

std::unique_ptr<SharedBudget> make_local_budget(int per_minute, std::function<double()> now) {
    return std::make_unique<LocalBudget>(per_minute, std::move(now));
}

} // namespace pcmirror
