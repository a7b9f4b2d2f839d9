#include "sync/poll/groups.hpp"

#include <utility>

namespace pcmirror {
namespace {

constexpr std::uint64_t group_rows = 2000;
// What is read row by row brings few rows for many requests: were it to wait for that many, most of
// it would be applied when nothing is left to be asked meanwhile.
constexpr std::size_t group_requests = 500;
constexpr std::size_t group_scopes = 100;
constexpr std::chrono::milliseconds group_wait{250};

constexpr std::size_t waiting_limit = 200;
constexpr std::size_t waiting_bytes = 2 << 20;

std::size_t memory_of(const ScopeReading& reading) {
    std::size_t bytes = reading.rows.memory_bytes();
    if (reading.undecoded)
        bytes += reading.undecoded->memory_bytes;
    for (const Rejection& rejection : reading.rejections)
        bytes += rejection.record.size();
    return bytes;
}

} // namespace

Groups::Groups(const asio::any_io_executor& executor) : changed_(executor), taken_(executor) {}

void Groups::add(std::unique_ptr<Finished> finished) {
    if (waiting_.empty())
        due_ = std::chrono::steady_clock::now() + group_wait;
    rows_ += finished->reading.records;
    requests_ += finished->pages;
    bytes_ += memory_of(finished->reading);
    waiting_.push_back(std::move(finished));
    changed_.notify();
}

asio::awaitable<void> Groups::some_left() {
    while (waiting_.size() >= waiting_limit || bytes_ >= waiting_bytes)
        co_await taken_.wait();
}

asio::awaitable<Group> Groups::next(std::function<bool()> idle) {
    while (true) {
        const bool full = rows_ >= group_rows || requests_ >= group_requests ||
                          waiting_.size() >= group_scopes || bytes_ >= waiting_bytes;
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            due_ - std::chrono::steady_clock::now()
        );
        if (idle() || full || (!waiting_.empty() && left.count() <= 0))
            break;
        if (waiting_.empty())
            co_await changed_.wait();
        else
            co_await changed_.wait_for(left);
    }
    Group group = take_rest();
    taken_.notify();
    co_return group;
}

Group Groups::take_rest() {
    rows_ = 0;
    requests_ = 0;
    bytes_ = 0;
    return std::exchange(waiting_, {});
}

} // namespace pcmirror
