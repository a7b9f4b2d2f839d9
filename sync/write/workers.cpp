#include "sync/write/workers.hpp"

#include "sync/write/job_runner.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <exception>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

// Notifications wake up; this is for those that were lost.
constexpr std::chrono::milliseconds longest_sleep = 30s;

} // namespace

Workers::Workers(const asio::any_io_executor& executor, WriteContext context)
    : context_(context), jobs_(context.pool),
      alarm_(executor, context.pool, context.settings.database.url), tasks_(executor) {}

asio::awaitable<void> Workers::work() {
    tasks_.spawn(alarm_.listen());
    tasks_.spawn(work_on(false));
    std::exception_ptr failure;
    try {
        co_await tasks_.join();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await give_back();
    if (failure)
        std::rethrow_exception(failure);
}

asio::awaitable<std::size_t> Workers::work_until_empty() {
    tasks_.spawn(work_on(true));
    std::exception_ptr failure;
    try {
        co_await tasks_.join();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await give_back();
    if (failure)
        std::rethrow_exception(failure);
    co_return worked_on_;
}

asio::awaitable<void> Workers::work_on(bool until_empty) {
    for (;;) {
        const std::size_t started = co_await start_due();
        if (started > 0)
            continue;
        if (running_ > 0) {
            // Its end may make the next job of its customer due.
            co_await alarm_.wait_for(longest_sleep);
            continue;
        }
        if (until_empty)
            co_return;
        const auto due = co_await jobs_.next_due();
        const auto pause = due ? std::chrono::ceil<std::chrono::milliseconds>(*due) : longest_sleep;
        co_await alarm_.wait_for(std::clamp<std::chrono::milliseconds>(pause, 1ms, longest_sleep));
    }
}

/// Starts what is due and has room; returns how many.
asio::awaitable<std::size_t> Workers::start_due() {
    const auto limit = static_cast<std::size_t>(context_.settings.write_back.workers);
    if (running_ >= limit || context_.session.id() == 0)
        co_return 0;
    std::vector<Job> claimed =
        co_await jobs_.claim(context_.session.id(), static_cast<int>(limit - running_));
    for (Job& job : claimed) {
        ++running_;
        ++worked_on_;
        tasks_.spawn(run(std::move(job)));
    }
    co_return claimed.size();
}

asio::awaitable<void> Workers::run(Job job) {
    co_await run_job(context_, jobs_, std::move(job));
    --running_;
    alarm_.ring();
}

asio::awaitable<void> Workers::give_back() {
    try {
        co_await jobs_.release(context_.session.id());
    } catch (const DatabaseError&) {
        // Whoever comes next finds that this process is gone.
    }
}

} // namespace pcmirror
