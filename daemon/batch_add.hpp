#pragma once

#include "daemon/batch_file.hpp"
#include "daemon/command.hpp"
#include "sync/db/pool.hpp"

namespace pcmirror {

/// `job add --batch`: queues the jobs of the file that the invocation names, all or none, and waits
/// for them where it says so. Blocks. Throws `Error` (fix_config) that names the lines it can't
/// queue.
ExitCode add_batch(const Invocation& invocation, DatabasePool& pool, const BatchCommon& common);

/// `job add --batch --dry-run`: judges them, and queues nothing.
ExitCode judge_batch(
    const Invocation& invocation,
    const Settings& settings,
    DatabasePool& pool,
    const BatchCommon& common
);

} // namespace pcmirror
