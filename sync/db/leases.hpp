#pragma once

#include <cstdint>
#include <pqxx/pqxx>
#include <string>

/// Whether the process that holds a lease still lives: its row in pcmirror.daemons has a fresh
/// heartbeat and its session still holds the advisory lock on its id. A killed process loses the
/// lock at once, a frozen one its heartbeat within a minute.
namespace pcmirror::leases {

/// First key of the advisory locks; the second is the daemon's id.
inline constexpr int lock_class = 0x70636d72;

inline constexpr int heartbeat_expires_after_s = 60;

/// An SQL condition over an expression that yields a daemon's id; false for NULL.
std::string alive(const std::string& daemon_id);

/// Throws `DatabaseError` (unreachable) that names what was being done, unless that daemon lives.
void require_alive(pqxx::transaction_base& transaction, std::int64_t daemon_id, const char* doing);

} // namespace pcmirror::leases
