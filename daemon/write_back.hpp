#pragma once

#include "config/settings.hpp"
#include "sync/db/pool.hpp"
#include "sync/write/queue.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Writes what may be queued (pcmirror.operations), for the daemon with that id; 0: for a command,
/// and only where no daemon that lives says otherwise and it has the right to. Blocks. Throws as
/// `write_operations`.
void publish_operations(DatabasePool& pool, const Settings& settings, std::int64_t daemon_id);

/// The same for a command, on a connection of its own.
void publish_operations(const Secret& url, const Settings& settings);

/// A job as lines for people.
std::string job_text(const ShownJob& job);

/// `2 jobs failed: 4, 7` and what to do about it, for stderr; of many the first ones. Empty: none.
std::string named_jobs_text(const std::vector<std::int64_t>& jobs, std::string_view became);

} // namespace pcmirror
