#include "daemon/time_text.hpp"

#include "config/read.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace pcmirror {

std::string coarse_duration(double seconds) {
    constexpr double minute = 60;
    constexpr double hour = 60 * minute;
    constexpr double day = 24 * hour;
    const double unit = seconds >= day ? hour : seconds >= hour ? minute : 1;
    const auto whole = static_cast<long long>(seconds / unit) * static_cast<long long>(unit);
    return show_duration(std::chrono::seconds(whole));
}

std::string iso_time(std::chrono::system_clock::time_point at) {
    return fmt::format(
        "{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(at))
    );
}

} // namespace pcmirror
