#pragma once

#include "sync/db/pool.hpp"

namespace pcmirror::testing {

/// What an action throws.
template <typename Action> DatabaseError error_of(Action action) {
    try {
        action();
    } catch (const DatabaseError& error) {
        return error;
    }
    return {DatabaseTrouble::other, Recovery::bug, "nothing was thrown", ""};
}

/// The server's process behind a connection.
inline int backend(pqxx::connection& connection) {
    return pqxx::nontransaction(connection).exec("select pg_backend_pid()")[0][0].as<int>();
}

} // namespace pcmirror::testing
