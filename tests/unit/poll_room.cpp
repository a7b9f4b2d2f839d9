#include "sync/poll/room.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace pcmirror {

namespace {

asio::awaitable<void> come(Room& room, int& came) {
    co_await room.some_left();
    ++came;
}

void run_ready(asio::io_context& loop) {
    loop.restart();
    loop.poll();
}

TEST(Room, LetsNobodyInBeforeSomeOfItIsGivenBack) {
    asio::io_context loop;
    Room room(loop.get_executor(), 10);
    int came = 0;
    const auto some = room.take(4);
    asio::co_spawn(loop, come(room, came), asio::detached);
    run_ready(loop);
    EXPECT_EQ(came, 1);

    auto more_than_is_left = room.take(9);
    asio::co_spawn(loop, come(room, came), asio::detached);
    run_ready(loop);
    EXPECT_EQ(came, 1);

    more_than_is_left.reset();
    run_ready(loop);
    EXPECT_EQ(came, 2);
}

} // namespace

} // namespace pcmirror
