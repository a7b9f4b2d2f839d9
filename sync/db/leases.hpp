#pragma once

#include <string>

/// Whether the process that holds a lease still lives: its row in pcmirror.daemons has a fresh
/// heartbeat and its session still holds the advisory lock on its id. A killed process loses the
/// lock at once, a frozen one its heartbeat within a minute.
namespace pcmirror::leases {

/// First key of the advisory locks; the second is the daemon's id.
inline constexpr int lock_class = 0x70636d72;

inline constexpr int heartbeat_expires_after_s = 60;

/// An SQL condition over an expression that yields a daemon's id; false for NULL.
inline std::string alive(const std::string& daemon_id) {
    return "exists (select from pcmirror.daemons d join pg_catalog.pg_locks l on l.locktype = "
           "'advisory' and l.classid = " +
           std::to_string(lock_class) +
           " and l.objid = d.daemon_id and l.objsubid = 2 and l.granted and l.database = (select "
           "oid from pg_catalog.pg_database where datname = current_database()) where "
           "d.daemon_id = " +
           daemon_id + " and d.heartbeat_at > now() - make_interval(secs => " +
           std::to_string(heartbeat_expires_after_s) + "))";
}

} // namespace pcmirror::leases
