#pragma once

#include "daemon/health.hpp"
#include "daemon/status_report.hpp"
#include "sync/db/overview_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// What the admin endpoint tells of.
struct AdminFacts {
    // From the database, as it was when it answered last.
    std::optional<MirrorStatus> status; ///< none: it has not answered yet
    Overview overview;
    WallTime read_at;
    std::string database_trouble; ///< why what stands above is older than it should be; else empty

    // From the process, as of now.
    std::vector<Trouble> troubles;   ///< why it is not ready
    std::optional<std::string> hang; ///< what in it hangs
    int requests_per_minute = 0;     ///< the budget; 0: none

    [[nodiscard]] bool ready() const { return troubles.empty() && !hang; }
};

} // namespace pcmirror
