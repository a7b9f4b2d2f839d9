#pragma once

#include "config/settings.hpp"
#include "sync/db/pool.hpp"
#include "sync/write/queue.hpp"

#include <cstdint>
#include <string>

namespace pcmirror {

/// Writes what may be queued (pcmirror.operations), for the daemon with that id; 0: for a command,
/// and only where no daemon that lives says otherwise. Blocks. Throws as `write_operations`.
void publish_operations(DatabasePool& pool, const Settings& settings, std::int64_t daemon_id);

/// The same for a command, on a connection of its own.
void publish_operations(const Secret& url, const Settings& settings);

/// A job as lines for people.
std::string job_text(const ShownJob& job);

} // namespace pcmirror
