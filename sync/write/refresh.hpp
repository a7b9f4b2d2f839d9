#pragma once

#include "sync/write/live_items.hpp"
#include "sync/write/write_context.hpp"
#include "sync/write/write_request.hpp"

#include <cstdint>
#include <string>

namespace pcmirror {

/// Brings what a job has touched into the mirror (`Operation::refreshes`): from the answer, where
/// it is the item as it is to be, else by reading until it shows the change, for at most a minute.
/// Returns whether the mirror shows it; where not, the scope is due at once. Throws `Error` as
/// `LiveItems`, and `DatabaseError`.
asio::awaitable<bool> refresh(
    WriteContext& context,
    const FilledOperation& job,
    LiveItems& items,
    const Document& answer,
    std::int64_t job_id
);

/// The id of the mirrored user of that name; empty: there is none, or more than one.
asio::awaitable<std::string>
user_in_mirror(DatabasePool& pool, std::string customer_id, std::string user_principal_name);

} // namespace pcmirror
