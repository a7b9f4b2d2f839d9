#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pcmirror {

/// Notices an API that gives no usable answer to one scope after the other, which would cost each
/// of the rest all its attempts. Those that failed come last the next time, so that nobody waits
/// behind them.
class Unanswered {
  public:
    void answered() {
        in_a_row_ = 0;
        any_answered_ = true;
    }

    /// A scope got no usable answer. Throws `Error` (fix_api) when that is enough to end the pass:
    /// at once for the partner's own list, else after a number of customers in a row, a larger one
    /// where some scope was answered.
    void count_or_give_up(std::string_view customer_id, const std::string& message);

  private:
    std::size_t in_a_row_ = 0;
    bool any_answered_ = false;
};

} // namespace pcmirror
