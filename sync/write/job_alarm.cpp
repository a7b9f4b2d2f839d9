#include "sync/write/job_alarm.hpp"

#include "sync/db/notifications.hpp"

#include <utility>

namespace pcmirror {

JobAlarm::JobAlarm(const asio::any_io_executor& executor, DatabasePool& pool, Secret url)
    : pool_(pool), url_(std::move(url)), signal_(executor) {}

void JobAlarm::ring() {
    rung_ = true;
    signal_.notify();
}

void JobAlarm::tell() {
    news_ = true;
    ring();
}

asio::awaitable<bool> JobAlarm::wait_for(std::chrono::milliseconds time) {
    if (!rung_)
        co_await signal_.wait_for(time);
    co_return std::exchange(rung_, false);
}

asio::awaitable<void> JobAlarm::listen() {
    Hearing hearing;
    hearing.told = [this](const std::string&) { tell(); };
    hearing.listening = [this] { tell(); };
    // Whoever claims now finds out whether it is the database that is away.
    hearing.lost = [this] { tell(); };
    co_await listen_to("pcmirror_jobs", pool_, url_, std::move(hearing));
}

} // namespace pcmirror
