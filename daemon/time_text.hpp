#pragma once

#include <chrono>
#include <string>

namespace pcmirror {

/// A duration as people say it, in at most two units: `7m54s`, `20h12m`, `3d4h`.
std::string coarse_duration(double seconds);

/// `2024-05-06T07:08:09Z`
std::string iso_time(std::chrono::system_clock::time_point at);

} // namespace pcmirror
