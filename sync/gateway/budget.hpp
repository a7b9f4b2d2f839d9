#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pcmirror {

namespace asio = boost::asio;

/// What the shared budget grants at once.
struct Grant {
    int requests = 0; ///< may be sent within `valid_for`; 0: none now
    std::chrono::milliseconds valid_for{
        0}; ///< from the receipt of the grant; what is not sent by then is lost
    std::chrono::milliseconds ask_again_after{0}; ///< when `requests` is 0
    std::chrono::milliseconds blocked_for{0};     ///< the partner is throttled for so long
};

/// The budget of the partner tenant that all processes on one database share.
class SharedBudget {
  public:
    virtual ~SharedBudget() = default;
    /// Takes up to `wanted` requests.
    virtual asio::awaitable<Grant> take(int wanted) = 0;
    /// The API said 429: no process sends anything (or anything for this customer) until then.
    virtual asio::awaitable<void>
    block(std::optional<std::string> customer_id, std::chrono::milliseconds time) = 0;
};

/// The arithmetic of the token bucket, pure, in terms of any monotonic time in seconds.
/// With `per_minute` N it never lets more than N requests start in any 60 seconds, also when each
/// grant is used as late as `grant_life` after it was made and arrives up to a second later still:
/// every window of 60 s + grant_life + 1 s grants at most floor(capacity + refill * window) = N.
struct Bucket {
    double capacity = 1; ///< burst
    double refill_per_second = 0;
    /// For N >= 1; less counts as 1.
    static Bucket for_budget(int per_minute);
    /// Life of a grant; a process spends it within this time or loses it.
    static constexpr std::chrono::milliseconds grant_life{1000};
};

/// How full a bucket is, and when that was so. A bucket nobody used yet: `{capacity, now}`.
struct BucketState {
    double tokens = 0;
    double updated_at = 0; ///< seconds, on the clock of all who share the bucket
};

/// Takes up to `wanted` whole tokens at `now`. A clock that stepped back refills nothing.
Grant take(const Bucket& bucket, BucketState& state, double now, int wanted);

/// A budget of this process alone, for when no database shares one. `now` is monotonic seconds.
std::unique_ptr<SharedBudget> make_local_budget(int per_minute, std::function<double()> now);

} // namespace pcmirror
