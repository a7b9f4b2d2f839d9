#include "sync/poll/claims.hpp"

#include <algorithm>
#include <utility>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 30s;
constexpr auto between_answers = 10s;
constexpr auto taken_along = 1s;
constexpr std::chrono::milliseconds first_pause = 300ms;
constexpr std::chrono::milliseconds longest_pause = 1s;

} // namespace

Claims::Claims(
    const asio::any_io_executor& executor,
    ScopeStore& store,
    Patience& patience,
    std::deque<Turn> planned,
    Options options
)
    : store_(store), patience_(patience), options_(std::move(options)),
      planned_(std::move(planned)), next_look_(Instant::clock::now() + between_looks),
      pause_(first_pause), changed_(executor) {
    std::ranges::stable_sort(planned_, {}, &Turn::at);
}

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
    const Instant now = Instant::clock::now();
    if (wants_more(now))
        co_await look_for_more(now);
    else if (!planned_.empty() && planned_.front().at <= now)
        co_await claim_planned();
    else if (!busy_elsewhere_.empty())
        co_await wait_for_others();
    else if (!planned_.empty())
        co_await wait_for_turn(now);
    else
        exhausted_ = true;
}

asio::awaitable<void> Claims::wait_for_turn(Instant now) {
    Instant until = planned_.front().at;
    if (options_.find_more)
        until = std::min(until, next_look_);
    if (options_.hurry == nullptr) {
        co_await sleep_for(std::chrono::ceil<std::chrono::milliseconds>(until - now));
        co_return;
    }
    if (options_.hurry->asked())
        until = std::min(until, answers_after_);
    co_await options_.hurry->wait_for(std::chrono::ceil<std::chrono::milliseconds>(until - now));
}

bool Claims::wants_more(Instant now) const {
    if (!options_.find_more)
        return false;
    const bool asked = options_.hurry != nullptr && options_.hurry->asked();
    return now >= next_look_ || (asked && now >= answers_after_);
}

/// Failing scopes whose rest is over are found by looking; of others somebody tells, and a bulk of
/// jobs tells of one scope again and again.
asio::awaitable<void> Claims::look_for_more(Instant now) {
    next_look_ = now + between_looks;
    answers_after_ = now + between_answers;
    if (options_.hurry != nullptr)
        options_.hurry->answer();
    std::vector<PlannedScope> more = co_await options_.find_more();
    std::size_t added = 0;
    for (PlannedScope& scope : more) {
        added += take_from_plan(scope.scope_id) ? 0U : 1U;
        std::erase(busy_elsewhere_, scope.scope_id);
        // What fails keeps nobody waiting whose turn has come.
        const Instant at = scope.failing ? now : Instant::min();
        const auto place = std::ranges::upper_bound(planned_, at, {}, &Turn::at);
        planned_.insert(place, {std::move(scope), at});
    }
    if (added > 0 && options_.added)
        options_.added(added);
}

bool Claims::take_from_plan(std::int64_t scope_id) {
    const auto taken = std::erase_if(planned_, [scope_id](const Turn& turn) {
        return turn.scope.scope_id == scope_id;
    });
    return taken > 0;
}

/// A batch is no larger than what the readers take at once, so that other processes get their
/// share. Whose turn is nearly there is taken along, so that what stands close together becomes a
/// group.
asio::awaitable<void> Claims::claim_planned() {
    const Instant soon = Instant::clock::now() + taken_along;
    std::vector<std::int64_t> ids;
    for (; !planned_.empty() && planned_.front().at <= soon && ids.size() < options_.batch;
         planned_.pop_front()) {
        const PlannedScope& scope = planned_.front().scope;
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
    const std::size_t waited_for = busy_elsewhere_.size();
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
    if (busy_elsewhere_.size() < waited_for)
        pause_ = first_pause;
    if (!claimed.empty())
        co_return;
    auto pause = std::exchange(pause_, std::min(2 * pause_, longest_pause));
    if (!planned_.empty())
        pause = std::min(
            pause,
            std::chrono::ceil<std::chrono::milliseconds>(
                planned_.front().at - Instant::clock::now()
            )
        );
    co_await sleep_for(std::max(pause, 0ms));
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
