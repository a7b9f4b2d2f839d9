#include "sync/poll/tasks.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

/// A group of its own, which must be waited for once it has begun.
asio::awaitable<void> work_in_a_group(bool& begun) {
    begun = true;
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn(sleep_for(std::chrono::hours(1)));
    co_await group.join();
}

/// The stop comes first; the pause has ended by then, since what lies in the queue is not taken
/// back.
asio::awaitable<void> rest_and_work(asio::cancellation_signal& stop, bool& begun) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::post(executor, [&stop] { stop.emit(asio::cancellation_type::terminal); });
    co_await asio::post(asio::use_awaitable);
    co_await work_in_a_group(begun);
}

TEST(TaskGroup, DoesNotBeginWhereAStopCameWithTheEndOfAPause) {
    asio::io_context loop;
    asio::cancellation_signal stop;
    bool begun = false;
    std::exception_ptr ended;
    asio::co_spawn(
        loop,
        rest_and_work(stop, begun),
        asio::bind_cancellation_slot(
            stop.slot(), [&](std::exception_ptr error) { ended = std::move(error); }
        )
    );
    loop.run();
    EXPECT_FALSE(begun);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(is_cancellation(ended));
}

} // namespace
} // namespace pcmirror
