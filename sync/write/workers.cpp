#include "sync/write/workers.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <exception>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

// Notifications wake up; this is for those that were lost.
constexpr std::chrono::milliseconds longest_sleep = 30s;

// Jobs that are claimed ahead share a transaction, and so do their answers.
constexpr std::size_t waiting_per_worker = 4;

// More than that don't wait for the mirror at once.
constexpr std::size_t running_at_most = 1000;

std::size_t workers_of(const Mirror& mirror) {
    return static_cast<std::size_t>(mirror.settings.write_back.workers);
}

std::size_t waiting_at_most(const Mirror& mirror) {
    return waiting_per_worker * workers_of(mirror);
}

/// Says so, however the scope is left.
class Ending {
  public:
    explicit Ending(bool& said) : said_(said) {}

    Ending(const Ending&) = delete;
    Ending& operator=(const Ending&) = delete;

    ~Ending() { said_ = true; }

  private:
    bool& said_;
};

} // namespace

Workers::Workers(
    const asio::any_io_executor& executor, Mirror& mirror, std::chrono::milliseconds read_at_most
)
    : mirror_(mirror), claims_(mirror.pool),
      store_(executor, mirror.pool, mirror.session, mirror.catalogue),
      alarm_(executor, mirror.pool, mirror.settings.database.url), tasks_(executor),
      workers_(executor, workers_of(mirror)), shop_{mirror_, store_, read_at_most} {}

asio::awaitable<void> Workers::work() {
    tasks_.spawn(alarm_.listen());
    co_await work_on(false);
}

asio::awaitable<Worked> Workers::work_until_empty() {
    Worked worked;
    shop_.tally = &worked.jobs;
    co_await work_on(true);
    worked.trouble = shop_.troubles.any();
    co_return worked;
}

asio::awaitable<void> Workers::work_on(bool until_empty) {
    tasks_.spawn(go_on(until_empty));
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

asio::awaitable<void> Workers::go_on(bool until_empty) {
    const Ending ending(shop_.stopping);
    bool last_look = false;
    for (;;) {
        if (alarm_.take_news())
            claims_.look_at_all();
        const std::size_t started = co_await start_due();
        last_look = last_look && started == 0;
        // Lanes that were known may have had nothing, while others were told of.
        if (started > 0 || (has_room() && claims_.may_have_some()))
            continue;
        if (until_empty && under_way_.empty()) {
            // Something may have been queued since all customers were looked at.
            if (std::exchange(last_look, true))
                co_return;
            claims_.look_at_all();
            continue;
        }
        co_await rest();
    }
}

/// Until somebody rings, or it is time to look by itself.
asio::awaitable<void> Workers::rest() {
    const std::chrono::milliseconds pause = co_await longest_pause();
    const bool rang = co_await alarm_.wait_for(pause);
    if (!rang)
        claims_.look_at_all();
}

/// How long there is nothing to do, unless the alarm rings.
asio::awaitable<std::chrono::milliseconds> Workers::longest_pause() {
    std::chrono::milliseconds pause = longest_sleep;
    // Where there is no room the end of an attempt will ring.
    if (has_room())
        if (const auto due = co_await claims_.next_due(mirror_.session.id()))
            pause = std::chrono::ceil<std::chrono::milliseconds>(*due);
    co_return std::clamp<std::chrono::milliseconds>(pause, 1ms, longest_sleep);
}

bool Workers::has_room() const {
    return waiting_ <= waiting_at_most(mirror_) / 2 && under_way_.size() < running_at_most;
}

/// Starts what is due and has room; returns how many.
asio::awaitable<std::size_t> Workers::start_due() {
    if (!has_room() || !claims_.may_have_some())
        co_return 0;
    std::vector<Job> claimed = co_await claims_.claim(
        mirror_.session.id(), waiting_at_most(mirror_) - waiting_, under_way_
    );
    for (Job& job : claimed) {
        under_way_.insert(job.job_id);
        ++waiting_;
        ++attempts_;
        tasks_.spawn(run(std::move(job)));
    }
    co_return claimed.size();
}

asio::awaitable<void> Workers::run(Job job) {
    const std::string customer = job.customer_id;
    const std::int64_t job_id = job.job_id;
    co_await workers_.some_left();
    std::shared_ptr<void> worker = workers_.take(1);
    --waiting_;
    alarm_.ring();
    co_await run_job(shop_, std::move(job), std::move(worker));
    under_way_.erase(job_id);
    claims_.look_at(customer);
    alarm_.ring();
}

asio::awaitable<void> Workers::give_back() {
    try {
        co_await claims_.release(mirror_.session.id());
    } catch (const DatabaseError&) {
        // Whoever comes next finds that this process is gone.
    }
}

} // namespace pcmirror
