#include "daemon/process_figures.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

namespace pcmirror {
namespace {

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double total = 0;
    double resident = 0;
    statm >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_files() {
    std::error_code trouble;
    const std::filesystem::directory_iterator files("/proc/self/fd", trouble);
    // The listing itself is one of them.
    return static_cast<double>(std::distance(begin(files), end(files))) - 1;
}

// As good as main: this is set before it.
const double began =
    std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();

} // namespace

ProcessFigures process_figures() {
    ProcessFigures figures;
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        figures.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        figures.max_files = static_cast<double>(files.rlim_cur);
    figures.resident_bytes = resident_bytes();
    figures.open_files = open_files();
    figures.started_at = began;
    return figures;
}

} // namespace pcmirror
