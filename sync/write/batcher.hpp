#pragma once

#include "sync/poll/tasks.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace pcmirror {

/// Lets many coroutines share one transaction: while it is under way, what comes next gathers for
/// the one after it. One thread.
template <typename Item, typename Result> class Batcher {
  public:
    /// Does all of it, and returns one result each, in their order.
    using Work = std::function<asio::awaitable<std::vector<Result>>(std::vector<const Item*>)>;

    Batcher(const asio::any_io_executor& executor, std::size_t at_most, Work work)
        : at_most_(at_most), work_(std::move(work)), changed_(executor) {}

    /// Waits until the item's batch is done; throws what doing it threw. An item whose waiting is
    /// cancelled may be done all the same, and who began a batch waits for its end.
    asio::awaitable<Result> add(Item item) {
        const auto entry = std::make_shared<Entry>(std::move(item));
        waiting_.push_back(entry);
        while (!entry->done) {
            if (busy_)
                co_await changed_.wait();
            else
                co_await do_next();
        }
        if (entry->failure)
            std::rethrow_exception(entry->failure);
        co_return std::move(*entry->result);
    }

  private:
    struct Entry {
        explicit Entry(Item the_item) : item(std::move(the_item)) {}

        Item item;
        bool done = false;
        std::optional<Result> result;
        std::exception_ptr failure;
    };

    /// Does a batch on behalf of whoever waits.
    asio::awaitable<void> do_next() {
        const auto end =
            waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(at_most_, waiting_.size()));
        std::vector<std::shared_ptr<Entry>> batch(waiting_.begin(), end);
        waiting_.erase(waiting_.begin(), end);
        std::vector<const Item*> items;
        items.reserve(batch.size());
        for (const auto& entry : batch)
            items.push_back(&entry->item);
        busy_ = true;
        std::vector<Result> results;
        std::exception_ptr failure;
        try {
            // It is nobody's in particular: whoever is cancelled takes no result from the others.
            const asio::any_io_executor executor = co_await asio::this_coro::executor;
            asio::awaitable<std::vector<Result>> work = work_(std::move(items));
            auto unreachable =
                asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
            results = co_await asio::co_spawn(executor, std::move(work), std::move(unreachable));
        } catch (...) {
            failure = std::current_exception();
        }
        busy_ = false;
        for (std::size_t at = 0; at < batch.size(); ++at) {
            batch[at]->failure = failure;
            if (!failure)
                batch[at]->result = std::move(results.at(at));
            batch[at]->done = true;
        }
        changed_.notify();
    }

    std::size_t at_most_;
    Work work_;
    std::deque<std::shared_ptr<Entry>> waiting_;
    bool busy_ = false;
    Signal changed_;
};

} // namespace pcmirror
