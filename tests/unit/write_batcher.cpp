#include "sync/write/batcher.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

namespace pcmirror {
namespace {

/// Doubles numbers in batches that end when they are let.
class Batches : public ::testing::Test {
  protected:
    asio::awaitable<std::vector<int>> work(std::vector<const int*> items) {
        sizes_.push_back(items.size());
        co_await until_let();
        std::vector<int> results;
        for (const int* item : items) {
            if (*item < 0)
                throw std::runtime_error("negative");
            results.push_back(2 * *item);
        }
        co_return results;
    }

    asio::awaitable<void> add(int item) {
        std::string failure;
        try {
            const int result = co_await batcher_.add(item);
            results_.push_back(result);
        } catch (const std::runtime_error& error) {
            failure = error.what();
        }
        if (!failure.empty())
            failures_.push_back(failure);
    }

    void add_all(const std::vector<int>& items) {
        for (const int item : items)
            asio::co_spawn(loop_, add(item), asio::detached);
        loop_.run();
        loop_.restart();
    }

    /// Waits in a way that can be cancelled.
    asio::awaitable<void> until_let() {
        co_await let_others_run();
        while (held_ && let_ == 0)
            co_await changed_.wait();
        let_ -= held_ ? 1 : 0;
    }

    void let_one() {
        ++let_;
        changed_.notify();
        loop_.poll();
    }

    asio::io_context loop_;
    bool held_ = false; ///< each waits until it is let
    int let_ = 0;
    Signal changed_{loop_.get_executor()};
    Batcher<int, int> batcher_{loop_.get_executor(), 3, [this](std::vector<const int*> items) {
                                   return work(std::move(items));
                               }};
    std::vector<std::size_t> sizes_;
    std::vector<int> results_;
    std::vector<std::string> failures_;
};

TEST_F(Batches, GatherWhatComesWhileOneIsUnderWay) {
    add_all({1, 2, 3, 4, 5});
    EXPECT_EQ(sizes_, (std::vector<std::size_t>{1, 3, 1}));
    EXPECT_EQ(results_, (std::vector<int>{2, 4, 6, 8, 10}));
}

TEST_F(Batches, TellAllOfABatchWhyItFailedAndGoOnWithTheNext) {
    add_all({1, -2, 3, 4, 5});
    EXPECT_EQ(failures_, std::vector<std::string>(3, "negative"));
    EXPECT_EQ(results_, (std::vector<int>{2, 10}));
}

TEST_F(Batches, GoOnWhereSomebodyNoLongerWaits) {
    TaskGroup group(loop_.get_executor());
    group.spawn(add(1));
    group.spawn(add(2));
    loop_.poll_one();
    group.cancel();
    loop_.run();
    loop_.restart();
    results_.clear();
    add_all({3});
    EXPECT_EQ(results_, std::vector<int>{6});
}

TEST_F(Batches, OutliveWhoeverBeganThemAndWasCancelled) {
    held_ = true;
    asio::co_spawn(loop_, add(1), asio::detached);
    loop_.poll();
    TaskGroup leaders(loop_.get_executor());
    leaders.spawn(add(2));
    loop_.poll();
    asio::co_spawn(loop_, add(3), asio::detached);
    loop_.poll();
    let_one();
    leaders.cancel();
    loop_.poll();
    let_one();
    EXPECT_EQ(sizes_, (std::vector<std::size_t>{1, 2}));
    EXPECT_EQ(failures_, std::vector<std::string>());
    EXPECT_THAT(results_, ::testing::IsSupersetOf({2, 6}));
    loop_.run();
}

} // namespace
} // namespace pcmirror
