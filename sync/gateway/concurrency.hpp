#pragma once

#include "sync/http/clock.hpp"

namespace pcmirror {

/// How many requests may be in flight: halves when the API throttles, at most once a second, and
/// grows by one after as many good answers as are allowed at once. Pure.
class Concurrency {
  public:
    explicit Concurrency(int limit);

    [[nodiscard]] int allowed() const { return allowed_; }

    [[nodiscard]] bool at_limit() const { return allowed_ == limit_; }

    void throttled(Instant now);
    void succeeded();

  private:
    int limit_;
    int allowed_;
    int good_answers_ = 0;
    Instant fell_at_ = Instant::min();
};

} // namespace pcmirror
