#include "sync/http/pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pcmirror::http {

Pool::Pool(
    const asio::any_io_executor& executor, std::size_t per_origin, Clock::duration idle_timeout
)
    : timer_(executor), per_origin_(per_origin), idle_timeout_(idle_timeout) {}

std::unique_ptr<Connection> Pool::take(const std::string& origin) {
    std::unique_ptr<Connection> taken;
    const auto found = idle_.find(origin);
    if (found == idle_.end()) {
        return taken;
    }
    auto& connections = found->second;
    while (!taken && !connections.empty()) {
        Idle candidate = std::move(connections.back());
        connections.pop_back();
        const bool fit = candidate.state == State::unused || candidate.connection->quiet();
        if (fit && candidate.close_at > Clock::now()) {
            taken = std::move(candidate.connection);
        }
    }
    if (connections.empty()) {
        idle_.erase(found);
    }
    schedule();
    return taken;
}

void Pool::put(const std::string& origin, std::unique_ptr<Connection> connection, State state) {
    if (per_origin_ == 0) {
        return;
    }
    auto& connections = idle_[origin];
    if (connections.size() >= per_origin_) {
        connections.pop_front();
    }
    connections.push_back({std::move(connection), Clock::now() + idle_timeout_, state});
    schedule();
}

void Pool::schedule() {
    if (idle_.empty()) {
        // Nothing to close: the event loop must not be kept waiting for it.
        timer_.cancel();
        alarm_at_ = no_alarm;
        return;
    }
    auto earliest = Clock::time_point::max();
    for (const auto& [origin, connections] : idle_) {
        earliest = std::min(earliest, connections.front().close_at);
    }
    // An alarm that comes too early sets the next: cheaper than to move it with every request.
    if (alarm_at_ <= earliest) {
        return;
    }
    alarm_at_ = earliest;
    timer_.expires_at(earliest);
    timer_.async_wait([weak = weak_from_this()](const error_code& error) {
        const auto self = weak.lock();
        if (self && !error) {
            self->close_expired();
        }
    });
}

void Pool::close_expired() {
    alarm_at_ = no_alarm;
    const auto now = Clock::now();
    for (auto entry = idle_.begin(); entry != idle_.end();) {
        auto& connections = entry->second;
        while (!connections.empty() && connections.front().close_at <= now) {
            connections.pop_front();
        }
        entry = connections.empty() ? idle_.erase(entry) : std::next(entry);
    }
    schedule();
}

} // namespace pcmirror::http
