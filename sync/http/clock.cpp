#include "sync/http/clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace pcmirror {

namespace {

class TimerAlarm final : public Alarm {
  public:
    explicit TimerAlarm(const asio::any_io_executor& executor) : timer_(executor) {}

    asio::awaitable<void> wait_until(Instant at) override {
        if (!std::exchange(rung_, false)) {
            timer_.expires_at(at);
            const auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
            if (!std::exchange(rung_, false) && error) {
                throw boost::system::system_error(error);
            }
        }
    }

    void ring() override {
        rung_ = true;
        timer_.cancel();
    }

  private:
    asio::steady_timer timer_;
    bool rung_ = false;
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override { return std::chrono::steady_clock::now(); }

    [[nodiscard]] std::chrono::system_clock::time_point wall_now() const override {
        return std::chrono::system_clock::now();
    }

    [[nodiscard]] std::unique_ptr<Alarm> make_alarm(const asio::any_io_executor& executor
    ) override {
        return std::make_unique<TimerAlarm>(executor);
    }
};

} // namespace

Clock& system_clock() {
    static SystemClock clock;
    return clock;
}

asio::awaitable<void> sleep_for(Clock& clock, std::chrono::milliseconds time) {
    const auto alarm = clock.make_alarm(co_await asio::this_coro::executor);
    co_await alarm->wait_until(clock.now() + time);
}

} // namespace pcmirror
