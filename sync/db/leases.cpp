#include "sync/db/leases.hpp"

#include "migrations/libpqxx.hpp"
#include "sync/db/pool.hpp"

namespace pcmirror::leases {

std::string alive(const std::string& daemon_id) {
    return "exists (select from pcmirror.daemons d join pg_catalog.pg_locks l on l.locktype = "
           "'advisory' and l.classid = " +
           std::to_string(lock_class) +
           " and l.objid = d.daemon_id and l.objsubid = 2 and l.granted and l.database = (select "
           "oid from pg_catalog.pg_database where datname = current_database()) where "
           "d.daemon_id = " +
           daemon_id + " and d.heartbeat_at > now() - make_interval(secs => " +
           std::to_string(heartbeat_expires_after_s) + "))";
}

void require_alive(pqxx::transaction_base& transaction, std::int64_t daemon_id, const char* doing) {
    const pqxx::result row = exec_bound(transaction, "select " + alive("$1::bigint"), daemon_id);
    if (!row[0][0].as<bool>())
        throw DatabaseError(
            DatabaseTrouble::unreachable,
            Recovery::fix_database,
            std::string(doing) + ": this process's session is lost, or was silent for a minute",
            "it registers anew within seconds, if PostgreSQL accepts connections"
        );
}

} // namespace pcmirror::leases
