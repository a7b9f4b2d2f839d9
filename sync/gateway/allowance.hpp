#pragma once

#include "sync/gateway/budget.hpp"
#include "sync/http/clock.hpp"

#include <cstddef>

namespace pcmirror {

/// The requests that this process took from the shared budget and has not sent yet. Asks for what
/// about one second needs; when some of it expired unused, for no more than was used. Pure.
class Allowance {
  public:
    /// Less than 1: no limit, and asked for only to hear of holds.
    explicit Allowance(int per_minute);

    /// How many to ask for while so many calls wait.
    [[nodiscard]] int next_chunk(std::size_t waiting) const;

    void add(const Grant& grant, Instant now);

    [[nodiscard]] bool at_hand(Instant now) const { return left_ > 0 && now < expires_at_; }

    /// Takes one; returns by when it has to be sent. Only when one is at hand.
    Instant spend();

  private:
    bool unlimited_;
    int per_second_;
    int chunk_;
    int granted_ = 0;
    int left_ = 0;
    Instant expires_at_ = Instant::min();
};

} // namespace pcmirror
