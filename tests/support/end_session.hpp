#pragma once

#include "tests/support/test_database.hpp"

#include <cstdint>
#include <string>

namespace pcmirror::testing {

/// Ends the connection whose lock makes a daemon alive, and waits until it has ended.
inline void end_session_of(const TestDatabase& database, std::int64_t daemon_id) {
    // Ids are the same in the databases of other tests, and pg_locks shows all of them.
    database.execute(
        "select pg_terminate_backend(pid, 10000) from pg_locks where locktype = "
        "'advisory' and database = (select oid from pg_database where datname = "
        "current_database()) and objsubid = 2 and objid = " +
        std::to_string(daemon_id)
    );
}

} // namespace pcmirror::testing
