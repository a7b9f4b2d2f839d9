#include "daemon/rest.hpp"

#include "daemon/systemd.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace pcmirror {

RestEnd rest_for(Milliseconds time, StopSignals& signals) {
    std::mutex mutex;
    std::condition_variable news;
    RestEnd end = RestEnd::over;
    const auto end_with = [&](RestEnd why) {
        return [&, why] {
            const std::lock_guard lock(mutex);
            if (end != RestEnd::stop)
                end = why;
            news.notify_all();
        };
    };
    const auto attached = signals.attach({end_with(RestEnd::stop), end_with(RestEnd::reload)});
    const Milliseconds feeding = std::min(time, systemd::watchdog_interval().value_or(time));
    const auto until = std::chrono::steady_clock::now() + time;
    std::unique_lock lock(mutex);
    while (end == RestEnd::over && std::chrono::steady_clock::now() < until) {
        systemd::alive();
        news.wait_for(lock, feeding, [&] { return end != RestEnd::over; });
    }
    return end;
}

} // namespace pcmirror
