#pragma once

#include "config/secret.hpp"
#include "sync/db/pool.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace pcmirror {

/// This process in `pcmirror.daemons`, on a connection of its own, under a session advisory lock
/// whose disappearance tells everybody that the process, or its connection, is dead. Leases belong
/// to the id: once it is lost they are void, and a new id is had by `renew`. `renew`
/// and `close` block and exclude each other; `id` does not wait for them.
class DaemonSession {
  public:
    /// `kind` is `run`, `sync`, ... Connects to nothing yet.
    DaemonSession(Secret url, std::string kind);
    ~DaemonSession(); ///< lets go of the lock; the row stays as that of a dead daemon
    DaemonSession(const DaemonSession&) = delete;
    DaemonSession& operator=(const DaemonSession&) = delete;

    /// The current id; 0 before `renew` and after the session was found lost.
    [[nodiscard]] std::int64_t id() const;

    /// Whether the last heartbeat is so fresh that nobody can have taken this process's leases: to
    /// be asked right before something is sent that must not be sent twice. By the clock that goes
    /// on while the process is frozen, or the machine sleeps.
    [[nodiscard]] bool holds() const;

    /// Registers, or looks after the registration: writes the heartbeat and checks that lock and
    /// row are still there; where they are not, registers anew under another id. Returns the id
    /// that holds now. Throws `DatabaseError`, after which `id` is 0; `Error` (fix_database) where
    /// a pooler hands each transaction another session.
    std::int64_t renew();

    /// Takes this process out of `pcmirror.daemons`. Does not throw.
    void close() noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Renews the session every ten seconds on a thread of the pool until it is cancelled; trouble is
/// logged when it begins and when it ends.
asio::awaitable<void> keep_alive(DaemonSession& session, DatabasePool& pool);

/// Throws `Error` (fix_database) unless consecutive transactions on this URL run in one session of
/// the server, as advisory locks and LISTEN need. Opens connections of its own.
void require_whole_sessions(const Secret& url);

} // namespace pcmirror
