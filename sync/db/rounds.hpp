#pragma once

#include "schema/resource.hpp"
#include "sync/db/pool.hpp"

#include <chrono>
#include <string>

namespace pcmirror {

/// Once in its interval every scope of a resource is asked, by whichever daemons there are: their
/// passes that belong together are a round. What was asked for since it began is done for all of
/// them, so that two daemons ask no more than one, and one that starts, or starts again, goes on
/// where the others are.
struct Round {
    std::string started_at;           ///< by the database's clock
    std::chrono::milliseconds age{0}; ///< since then
};

/// Joins the current round of a resource, or begins another where it was due that long ago or
/// longer; `late_by` is for how long the new one was due. Throws `DatabaseError`.
asio::awaitable<Round> enter_round(
    DatabasePool& pool,
    const Resource& resource,
    std::chrono::milliseconds lasts,
    std::chrono::milliseconds late_by
);

} // namespace pcmirror
