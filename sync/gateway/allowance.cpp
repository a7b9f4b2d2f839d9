#include "sync/gateway/allowance.hpp"

#include <algorithm>

namespace pcmirror {

namespace {

constexpr int no_limit = 10'000;

} // namespace

Allowance::Allowance(int per_minute)
    : unlimited_(per_minute < 1), per_second_(std::max(1, per_minute / 60)), chunk_(per_second_) {}

int Allowance::next_chunk(std::size_t waiting) const {
    if (unlimited_) {
        return no_limit;
    }
    const auto most = static_cast<std::size_t>(chunk_);
    return static_cast<int>(std::clamp<std::size_t>(waiting, 1, most));
}

void Allowance::add(const Grant& grant, Instant now) {
    const int used = granted_ - left_;
    const bool wasted = left_ > 0;
    if (granted_ > 0) {
        chunk_ = wasted ? std::max(1, used) : std::min(per_second_, chunk_ * 2);
    }
    granted_ = grant.requests;
    left_ = grant.requests;
    expires_at_ = now + grant.valid_for;
}

Instant Allowance::spend() {
    --left_;
    return expires_at_;
}

} // namespace pcmirror
