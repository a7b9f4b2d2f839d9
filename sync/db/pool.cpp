#include "sync/db/pool.hpp"

#include "sync/db/errors.hpp"
#include "sync/db/kept_plans.hpp"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <poll.h>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace pcmirror {
namespace {

struct Task {
    std::string doing;
    std::function<void(pqxx::connection&)> work;
    std::function<void(std::exception_ptr)> done;
};

/// One thread's connection: made at first use, made anew once it is dead.
class Slot {
  public:
    Slot(const Secret& url, const std::string& name) : url_(&url), name_(&name) {}

    void run(const Task& task) {
        constexpr int attempts = 5;
        for (int attempt = 1;; ++attempt) {
            try {
                run_once(task);
                return;
            } catch (const DatabaseError& error) {
                if (error.trouble() != DatabaseTrouble::retryable || attempt == attempts)
                    throw;
            }
            pause(attempt);
        }
    }

  private:
    void run_once(const Task& task) {
        if (connection_ && has_died())
            connection_.reset();
        if (!connection_) {
            connection_ = open_database(*url_, *name_);
            kept_plans::forget(*connection_);
        }
        try {
            try {
                task.work(*connection_);
            } catch (...) {
                rethrow_database_error(task.doing);
            }
        } catch (const DatabaseError& error) {
            const bool lost = !connection_->is_open();
            if (lost)
                connection_.reset();
            if (lost && error.trouble() != DatabaseTrouble::in_doubt &&
                error.trouble() != DatabaseTrouble::unreachable)
                throw lost_connection(task.doing, error.what());
            throw;
        }
    }

    // A server that was restarted has closed the connection meanwhile: that shows as something to
    // read where nothing was asked. Found here, it costs no caller an error.
    bool has_died() {
        if (!connection_->is_open())
            return true;
        pollfd socket{.fd = connection_->sock(), .events = POLLIN, .revents = 0};
        if (poll(&socket, 1, 0) == 0)
            return false;
        try {
            pqxx::nontransaction(*connection_).exec("select 1");
            return false;
        } catch (const std::exception&) {
            return true;
        }
    }

    // Two that met once shall not meet again at the same moment.
    void pause(int attempt) {
        std::uniform_int_distribution<int> milliseconds(1, 20 * attempt);
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random_)));
    }

    const Secret* url_;
    const std::string* name_;
    DatabaseConnection connection_;
    std::minstd_rand random_{std::random_device{}()};
};

/// A thread that waits for a task. Not a future: this one leaves the exception to the waiting
/// thread alone, and is done with the state before that thread may destroy it.
class Waiting {
  public:
    void end(std::exception_ptr failure) {
        const std::lock_guard lock(mutex_);
        failure_ = std::move(failure);
        ended_ = true;
        news_.notify_one();
    }

    void wait() {
        std::unique_lock lock(mutex_);
        news_.wait(lock, [this] { return ended_; });
        if (failure_)
            std::rethrow_exception(std::move(failure_));
    }

  private:
    std::mutex mutex_;
    std::condition_variable news_;
    bool ended_ = false;
    std::exception_ptr failure_;
};

} // namespace

struct DatabasePool::State {
    asio::any_io_executor loop;
    Secret url;
    std::string name;
    std::string shown;
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Task> queue;
    bool stopping = false;
    /// Since when each thread is at a task; none: it waits for one.
    std::vector<std::optional<std::chrono::steady_clock::time_point>> at_work;
    std::vector<std::thread> threads;

    void push(Task task) {
        {
            const std::lock_guard lock(mutex);
            queue.push_back(std::move(task));
        }
        wake.notify_one();
    }

    /// The next task; none once the pool stops.
    std::optional<Task> take(std::size_t thread) {
        std::unique_lock lock(mutex);
        at_work[thread].reset();
        wake.wait(lock, [this] { return stopping || !queue.empty(); });
        if (stopping)
            return std::nullopt;
        Task task = std::move(queue.front());
        queue.pop_front();
        at_work[thread] = std::chrono::steady_clock::now();
        return task;
    }

    void serve(std::size_t thread) {
        Slot slot(url, name);
        while (std::optional<Task> task = take(thread)) {
            std::exception_ptr failure;
            try {
                slot.run(*task);
            } catch (...) {
                failure = std::current_exception();
            }
            task->done(std::move(failure));
        }
    }
};

DatabasePool::DatabasePool(asio::any_io_executor loop, Secret url, int size, std::string name)
    : state_(std::make_unique<State>()) {
    state_->loop = std::move(loop);
    state_->url = std::move(url);
    state_->name = std::move(name);
    state_->shown = without_password(state_->url);
    const auto threads = static_cast<std::size_t>(size);
    state_->at_work.resize(threads);
    for (std::size_t thread = 0; thread < threads; ++thread)
        state_->threads.emplace_back([state = state_.get(), thread] { state->serve(thread); });
}

DatabasePool::~DatabasePool() {
    std::deque<Task> left;
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        left.swap(state_->queue);
    }
    state_->wake.notify_all();
    for (std::thread& thread : state_->threads)
        thread.join();
    for (Task& task : left)
        task.done(std::make_exception_ptr(
            Error(Recovery::retry_later, task.doing + ": the program is stopping")
        ));
}

PoolUse DatabasePool::use() const {
    const std::lock_guard lock(state_->mutex);
    const auto now = std::chrono::steady_clock::now();
    PoolUse use{.threads = state_->at_work.size(), .waiting = state_->queue.size()};
    for (const auto& began : state_->at_work) {
        if (!began)
            continue;
        ++use.busy;
        use.longest = std::max(
            use.longest, std::chrono::duration_cast<std::chrono::milliseconds>(now - *began)
        );
    }
    return use;
}

const std::string& DatabasePool::shown_url() const {
    return state_->shown;
}

asio::awaitable<void>
DatabasePool::run_erased(std::string doing, std::function<void(pqxx::connection&)> work) {
    const auto start = [this, &doing, &work](auto handler) {
        // std::function wants to copy what it holds; a completion handler can only be moved.
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        auto busy_loop = asio::prefer(state_->loop, asio::execution::outstanding_work.tracked);
        const auto done = [waiting, busy_loop](std::exception_ptr failure) {
            asio::post(busy_loop, [waiting, failure = std::move(failure)]() mutable {
                auto resume = std::move(*waiting);
                resume(std::move(failure));
            });
        };
        state_->push({std::move(doing), std::move(work), done});
    };
    co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::exception_ptr)>(
        start, asio::use_awaitable
    );
}

void DatabasePool::run_now_erased(
    std::string doing, const std::function<void(pqxx::connection&)>& work
) {
    Waiting waiting;
    const auto done = [&waiting](std::exception_ptr failure) { waiting.end(std::move(failure)); };
    state_->push({std::move(doing), work, done});
    waiting.wait();
}

} // namespace pcmirror
