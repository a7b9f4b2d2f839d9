#include "daemon/systemd.hpp"

#include <cstdint>
#include <systemd/sd-daemon.h>

namespace pcmirror::systemd {
namespace {

void tell_systemd(const std::string& state) {
    constexpr int keep_environment = 0;
    static_cast<void>(sd_notify(keep_environment, state.c_str()));
}

} // namespace

void ready() {
    tell_systemd("READY=1");
}

void reloading() {
    const auto monotonic = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now().time_since_epoch()
    );
    tell_systemd("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic.count()));
}

void stopping() {
    tell_systemd("STOPPING=1");
}

void status(const std::string& line) {
    tell_systemd("STATUS=" + line);
}

std::optional<std::chrono::milliseconds> watchdog_interval() {
    constexpr int keep_environment = 0;
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(keep_environment, &microseconds) <= 0)
        return std::nullopt;
    // Twice as often as asked for, as systemd recommends.
    return std::chrono::milliseconds(microseconds / 2000);
}

void alive() {
    tell_systemd("WATCHDOG=1");
}

} // namespace pcmirror::systemd
