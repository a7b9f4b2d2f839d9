#pragma once

#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

namespace pcmirror::testing {

/// How a program gets a signal at a point of its work: `points` of kill_points.cpp.
struct StopAt {
    std::string point;
    int signal = SIGKILL;
    int count = 1;    ///< at which time that it gets there
    int asleep_s = 0; ///< so much later it seems to be when a stopped one goes on
};

/// A program under PCMIRROR_KILL_POINTS, and how it shall behave there.
inline ProcessOptions with_points(decltype(ProcessOptions::environment) environment) {
    const char* given = std::getenv("ASAN_OPTIONS");
    const std::string asan = given == nullptr ? "" : std::string(given) + ":";
    environment.emplace_back("LD_PRELOAD", PCMIRROR_KILL_POINTS);
    environment.emplace_back("ASAN_OPTIONS", asan + "verify_asan_link_order=0");
    return {.environment = std::move(environment)};
}

/// `mark`: a file that is made when the point is reached.
inline ProcessOptions stopped(const StopAt& at, const std::filesystem::path& mark) {
    return with_points({
        {"PCMIRROR_KILL_AT", at.point},
        {"PCMIRROR_KILL_SIGNAL", std::to_string(at.signal)},
        {"PCMIRROR_KILL_COUNT", std::to_string(at.count)},
        {"PCMIRROR_KILL_ASLEEP", std::to_string(at.asleep_s)},
        {"PCMIRROR_KILL_MARK", mark.string()},
    });
}

/// Whether all of a process is stopped by now.
inline bool is_stopped(const Process& process) {
    const std::string status = read_file("/proc/" + std::to_string(process.pid()) + "/stat");
    return status.substr(status.rfind(')') + 2, 1) == "T";
}

} // namespace pcmirror::testing
