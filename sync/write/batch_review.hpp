#pragma once

#include "schema/operation_catalogue.hpp"
#include "sync/write/batch_verdict.hpp"
#include "sync/write/job_batch.hpp"

namespace pcmirror {

/// Judges a batch by what is mirrored and queued now, and queues nothing. `open` as for
/// `queue_batch`. Blocks. Throws as that does.
BatchVerdict review_batch(
    DatabasePool& pool,
    const OperationCatalogue& operations,
    const std::function<BatchSource()>& open
);

} // namespace pcmirror
