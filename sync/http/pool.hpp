#pragma once

#include "sync/http/connection.hpp"

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>

namespace pcmirror::http {

/// Idle connections by origin, the most recently used taken first. While there are any, a timer
/// waits to close them. Shared ownership, since that timer may fire after its owner is gone.
class Pool : public std::enable_shared_from_this<Pool> {
  public:
    Pool(
        const asio::any_io_executor& executor, std::size_t per_origin, Clock::duration idle_timeout
    );

    /// A connection that looks alive, or null.
    std::unique_ptr<Connection> take(const std::string& origin);

    /// Over an unused one the peer may have said something of its own already: the TLS tickets that
    /// follow a handshake.
    enum class State { used, unused };

    /// Keeps a connection that carried whole exchanges only, or none; the oldest goes where there
    /// is no room.
    void put(const std::string& origin, std::unique_ptr<Connection> connection, State state);

  private:
    struct Idle {
        std::unique_ptr<Connection> connection;
        Clock::time_point close_at;
        State state;
    };

    void schedule();
    void close_expired();

    static constexpr Clock::time_point no_alarm = Clock::time_point::max();

    asio::steady_timer timer_;
    Clock::time_point alarm_at_ = no_alarm;
    std::size_t per_origin_;
    Clock::duration idle_timeout_;
    std::map<std::string, std::deque<Idle>> idle_; ///< oldest in front, no empty ones
};

} // namespace pcmirror::http
