#pragma once

#include "config/secret.hpp"
#include "sync/db/pool.hpp"

#include <functional>
#include <string>

namespace pcmirror {

/// What hears of a channel; called on the event loop.
struct Hearing {
    std::function<void(const std::string& payload)> told;
    /// It listens from now on; something may have been missed before.
    std::function<void()> listening;
    /// Nothing is heard any more until it listens again.
    std::function<void()> lost = [] {};
};

/// Hears what processes tell each other on a channel of the database (`LISTEN`), on a connection of
/// its own, until it is cancelled; where the connection is lost it makes another one.
asio::awaitable<void>
listen_to(std::string channel, DatabasePool& pool, Secret url, Hearing hearing);

} // namespace pcmirror
