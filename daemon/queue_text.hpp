#pragma once

#include "daemon/json.hpp"
#include "sync/write/queue_report.hpp"

#include <string>

namespace pcmirror {

/// The queue on a few lines: `queue: 3 queued (2 due, 1 held), 1 running; ...`
std::string queue_text(const QueueReport& queue);

/// The same as an object.
void write_queue(JsonWriter& json, const QueueReport& queue);

/// What the line of `job work` says: `jobs  12 done  1 failed  85 waiting  4.2/s  20s to go`
struct WorkFigures {
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::uint64_t waiting = 0; ///< or running
    double per_second = 0;
};

std::string work_words(const WorkFigures& figures);

} // namespace pcmirror
