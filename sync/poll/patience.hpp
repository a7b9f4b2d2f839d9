#pragma once

#include "config/log.hpp"
#include "sync/db/pool.hpp"
#include "sync/poll/tasks.hpp"

#include <chrono>
#include <utility>

namespace pcmirror {

/// Runs database work until the database is there again: a restart of PostgreSQL must not cost a
/// pass. `work` makes the awaitable anew for each try and must bear being repeated after a commit
/// whose answer was lost. Gives up after a minute with what the last try threw.
template <typename Work> auto patiently(Work work) -> decltype(work()) {
    constexpr std::chrono::seconds give_up_after{60};
    const auto began = std::chrono::steady_clock::now();
    std::chrono::milliseconds pause{100};
    bool retry = false;
    while (true) {
        try {
            co_return co_await work();
        } catch (const DatabaseError& error) {
            const bool passing = error.trouble() == DatabaseTrouble::unreachable ||
                                 error.trouble() == DatabaseTrouble::in_doubt;
            if (!passing || std::chrono::steady_clock::now() - began > give_up_after)
                throw;
            event(
                retry ? Level::debug : Level::warn, "database.lost", {{field::error, error.what()}}
            );
        }
        co_await sleep_for(pause);
        retry = true;
        pause = std::min(pause * 2, std::chrono::milliseconds(3000));
    }
}

} // namespace pcmirror
