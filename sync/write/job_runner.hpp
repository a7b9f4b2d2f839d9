#pragma once

#include "sync/write/job.hpp"
#include "sync/write/job_store.hpp"
#include "sync/write/write_context.hpp"

namespace pcmirror {

/// Carries out one claimed job: looks whether it was done already, where that is in doubt, sends
/// its request, records the answer, brings the mirror up to date, ends it, or gives it back for
/// another attempt. Whatever goes wrong is written to the job. Throws what stops all jobs alike:
/// sign-in trouble (fix_api), the database (`DatabaseError`), cancellation; the job is then as it
/// was, and whoever takes it over goes on.
asio::awaitable<void> run_job(WriteContext& context, JobStore& jobs, Job job);

} // namespace pcmirror
