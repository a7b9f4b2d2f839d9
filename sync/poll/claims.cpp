#include "sync/poll/claims.hpp"

#include <algorithm>

namespace pcmirror {

Claims::Claims(
    const asio::any_io_executor& executor,
    ScopeStore& store,
    Patience& patience,
    std::deque<PlannedScope> planned,
    Options options
)
    : store_(store), patience_(patience), options_(std::move(options)),
      planned_(std::move(planned)), changed_(executor) {}

asio::awaitable<std::optional<Lease>> Claims::next() {
    while (ready_.empty()) {
        if (exhausted_)
            co_return std::nullopt;
        if (claiming_) {
            co_await changed_.wait();
            continue;
        }
        claiming_ = true;
        std::exception_ptr error;
        try {
            co_await get_more();
        } catch (...) {
            error = std::current_exception();
        }
        claiming_ = false;
        changed_.notify();
        if (error)
            std::rethrow_exception(error);
    }
    Lease lease = std::move(ready_.front());
    ready_.pop_front();
    co_return lease;
}

asio::awaitable<void> Claims::get_more() {
    if (!planned_.empty())
        co_await claim_planned();
    else if (!busy_elsewhere_.empty())
        co_await wait_for_others();
    else
        exhausted_ = true;
}

/// A batch is no larger than what the readers take at once, so that other processes get their
/// share.
asio::awaitable<void> Claims::claim_planned() {
    std::vector<std::int64_t> ids;
    for (; !planned_.empty() && ids.size() < options_.batch; planned_.pop_front()) {
        const PlannedScope& scope = planned_.front();
        ids.push_back(scope.scope_id);
        if (options_.without_lease) {
            Lease lease;
            lease.scope_id = scope.scope_id;
            lease.customer_id = scope.customer_id;
            lease.asked_at = options_.started_at;
            ready_.push_back(std::move(lease));
        }
    }
    if (options_.without_lease)
        co_return;
    const std::vector<Lease> claimed = co_await claim(ids);
    for (const std::int64_t id : ids)
        if (std::ranges::count(claimed, id, &Lease::scope_id) == 0)
            busy_elsewhere_.push_back(id);
    ready_.insert(ready_.end(), claimed.begin(), claimed.end());
}

asio::awaitable<void> Claims::wait_for_others() {
    drop(
        co_await patience_.wait_for([&] {
            return store_.settled_since(busy_elsewhere_, options_.started_at);
        }),
        options_.settled
    );
    drop(
        co_await patience_.wait_for([&] { return store_.throttled(busy_elsewhere_); }),
        options_.put_off
    );
    if (busy_elsewhere_.empty())
        co_return;
    const std::vector<Lease> claimed = co_await claim(busy_elsewhere_);
    for (const Lease& lease : claimed)
        std::erase(busy_elsewhere_, lease.scope_id);
    ready_.insert(ready_.end(), claimed.begin(), claimed.end());
    if (claimed.empty())
        co_await sleep_for(std::chrono::milliseconds(300));
}

void Claims::drop(
    const std::vector<ScopeReport>& reports, const std::function<void(const ScopeReport&)>& tell
) {
    for (const ScopeReport& report : reports) {
        std::erase(busy_elsewhere_, report.scope_id);
        tell(report);
    }
}

asio::awaitable<std::vector<Lease>> Claims::claim(std::vector<std::int64_t> ids) {
    // Who registered anew meanwhile has another id.
    co_return co_await patience_.wait_for([&] {
        return store_.claim(options_.daemon_id(), ids, options_.started_at);
    });
}

} // namespace pcmirror
