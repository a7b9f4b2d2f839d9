#pragma once

#include "daemon/cron_time.hpp"
#include "schema/catalogue.hpp"
#include "sync/db/report_store.hpp"
#include "sync/write/queue_report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// How one scheduled resource stands.
struct ResourceStatus {
    std::string resource;
    std::string schedule;
    ResourceState state;
    double stale_after_seconds = 0;
    std::optional<WallTime> next_due; ///< absent where no daemon runs that would poll it
    bool fresh = false;               ///< read within stale_after
};

struct MirrorStatus {
    std::vector<ResourceStatus> lines;
    std::vector<LivingDaemon> daemons;
    QueueReport queue;

    [[nodiscard]] bool fresh() const;
};

/// Blocks. Throws `DatabaseError`.
MirrorStatus read_status(
    const Settings& settings, const std::vector<const Resource*>& resources, DatabasePool& pool
);

std::string status_text(const MirrorStatus& status);
std::string status_json(const MirrorStatus& status);

} // namespace pcmirror
