#include "sync/poll/tasks.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cassert>
#include <utility>

namespace pcmirror {
namespace {

using Timers = std::list<asio::steady_timer*>;

/// A place in a list, which goes with it.
class Entry {
  public:
    Entry(Timers& list, asio::steady_timer& timer)
        : list_(list), at_(list.insert(list.end(), &timer)) {}

    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    ~Entry() { list_.erase(at_); }

  private:
    Timers& list_;
    Timers::iterator at_;
};

} // namespace

Signal::Signal(asio::any_io_executor executor) : executor_(std::move(executor)) {}

asio::awaitable<void> Signal::wait() {
    co_await wait_until(asio::steady_timer::time_point::max());
}

asio::awaitable<void> Signal::wait_for(std::chrono::milliseconds time) {
    co_await wait_until(std::chrono::steady_clock::now() + time);
}

asio::awaitable<void> Signal::wait_until(asio::steady_timer::time_point limit) {
    asio::steady_timer timer(executor_, limit);
    // Goes with the frame, whether the wait ends or is cancelled.
    const Entry entry(waiting_, timer);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}

void Signal::notify() {
    for (asio::steady_timer* timer : waiting_)
        timer->cancel();
}

asio::awaitable<void> sleep_for(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> let_others_run() {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

TaskGroup::TaskGroup(const asio::any_io_executor& executor)
    : executor_(executor), changed_(executor) {}

TaskGroup::~TaskGroup() {
    assert(running_ == 0);
}

void TaskGroup::spawn(asio::awaitable<void> task) {
    // What has ended is forgotten here, so that a group that lives for long does not grow; not
    // while `cancel` walks the list.
    if (!cancelled_)
        spawned_.remove_if([](const Task& one) { return one.ended; });
    Task& entry = spawned_.emplace_back();
    ++running_;
    asio::co_spawn(
        executor_,
        std::move(task),
        asio::bind_cancellation_slot(
            entry.signal.slot(),
            [this, &entry](std::exception_ptr error) {
                entry.ended = true;
                ended(std::move(error));
            }
        )
    );
    if (cancelled_)
        entry.signal.emit(asio::cancellation_type::terminal);
}

void TaskGroup::ended(std::exception_ptr error) {
    --running_;
    if (error && !is_cancellation(error)) {
        if (!error_)
            error_ = std::move(error);
        cancel();
    }
    changed_.notify();
}

asio::awaitable<void> TaskGroup::join() {
    std::exception_ptr cancellation;
    while (running_ > 0) {
        try {
            co_await changed_.wait();
        } catch (const boost::system::system_error&) {
            cancellation = std::current_exception();
        }
        if (cancellation) {
            cancel();
            co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
            cancellation = cancellation ? cancellation : std::current_exception();
        }
    }
    spawned_.clear();
    if (error_)
        std::rethrow_exception(std::exchange(error_, nullptr));
    if (cancellation)
        std::rethrow_exception(cancellation);
}

void TaskGroup::cancel() {
    cancelled_ = true;
    for (Task& one : spawned_)
        one.signal.emit(asio::cancellation_type::terminal);
}

bool is_cancellation(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& thrown) {
        return thrown.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

} // namespace pcmirror
