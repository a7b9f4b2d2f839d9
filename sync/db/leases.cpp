#include "sync/db/leases.hpp"

#include "sync/db/kept_plans.hpp"
#include "sync/db/pool.hpp"

namespace pcmirror::leases {

std::string alive(const std::string& daemon_id) {
    // No expression of a caller has these names.
    return "exists (select from pcmirror.daemons alive_d join pg_catalog.pg_locks alive_l on "
           "alive_l.locktype = "
           "'advisory' and alive_l.classid = " +
           std::to_string(lock_class) +
           " and alive_l.objid = alive_d.daemon_id and alive_l.objsubid = 2 and alive_l.granted "
           "and alive_l.database = (select oid from pg_catalog.pg_database where datname = "
           "current_database()) where alive_d.daemon_id = " +
           daemon_id + " and alive_d.heartbeat_at > now() - make_interval(secs => " +
           std::to_string(heartbeat_expires_after_s) + "))";
}

void require_alive(pqxx::transaction_base& transaction, std::int64_t daemon_id, const char* doing) {
    const pqxx::result row = exec_kept(transaction, "select " + alive("$1::bigint"), daemon_id);
    if (!row[0][0].as<bool>())
        throw DatabaseError(
            DatabaseTrouble::unreachable,
            Recovery::fix_database,
            std::string(doing) + ": this process's session is lost, or was silent for a minute",
            "it registers anew within seconds, if PostgreSQL accepts connections"
        );
}

} // namespace pcmirror::leases
