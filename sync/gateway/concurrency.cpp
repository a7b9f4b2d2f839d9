#include "sync/gateway/concurrency.hpp"

#include <algorithm>

namespace pcmirror {

Concurrency::Concurrency(int limit) : limit_(std::max(limit, 1)), allowed_(limit_) {}

void Concurrency::throttled(Instant now) {
    using namespace std::chrono_literals;
    good_answers_ = 0;
    // A burst in flight is answered by many 429 at once: they are one sign, not many.
    const bool same_burst = fell_at_ != Instant::min() && now - fell_at_ < 1s;
    if (!same_burst) {
        allowed_ = std::max(allowed_ / 2, 1);
        fell_at_ = now;
    }
}

void Concurrency::succeeded() {
    if (allowed_ < limit_ && ++good_answers_ >= allowed_) {
        good_answers_ = 0;
        ++allowed_;
    }
}

} // namespace pcmirror
