#pragma once

#include "sync/write/job_store.hpp"
#include "sync/write/live_items.hpp"
#include "sync/write/write_request.hpp"

#include <string>

namespace pcmirror {

/// Puts the id of a user that the payload has by name in its place: of whom the job meant before,
/// where a request of it may have reached them. Returns why it can't; empty: there is no name left.
/// Throws `Error` as `LiveItems`, and retry_later while the API does not
/// show yet what a job did to the name; `DatabaseError`.
asio::awaitable<std::string>
name_user(JobStore& store, LiveItems& items, FilledOperation& filled, Job& job);

} // namespace pcmirror
