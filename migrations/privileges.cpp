#include "migrations/privileges.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/system_catalogue.hpp"

#include <array>
#include <optional>

namespace pcmirror {
namespace {

// What each role may do once the schemas are there. Schemas come and go with migrations: each
// statement runs only where its schema exists.
struct Privilege {
    std::string_view role;
    std::string_view schema;
    std::string_view statement;
    std::string_view table = {}; ///< that must be there, too
};

constexpr std::array<Privilege, 15> privileges{{
    {"pcmirror_analyst",
     "partner_center",
     "grant usage on schema partner_center to pcmirror_analyst"},
    {"pcmirror_analyst",
     "partner_center",
     "grant select on all tables in schema partner_center to pcmirror_analyst"},
    {"pcmirror_analyst", "reporting", "grant usage on schema reporting to pcmirror_analyst"},
    {"pcmirror_analyst",
     "reporting",
     "grant select on all tables in schema reporting to pcmirror_analyst"},
    {"pcmirror_daemon",
     "partner_center",
     "grant usage on schema partner_center to pcmirror_daemon;"
     "grant select, insert, update, delete on all tables in schema partner_center to "
     "pcmirror_daemon"},
    {"pcmirror_daemon",
     "reporting",
     "grant usage on schema reporting to pcmirror_daemon;"
     "grant select on all tables in schema reporting to pcmirror_daemon"},
    {"pcmirror_daemon", "pcmirror", "grant usage on schema pcmirror to pcmirror_daemon"},
    {"pcmirror_daemon",
     "pcmirror",
     "grant select, insert, update, delete on all tables in schema pcmirror to pcmirror_daemon"},
    {"pcmirror_daemon",
     "pcmirror",
     "grant usage, select on all sequences in schema pcmirror to pcmirror_daemon;"
     "grant execute on all functions in schema pcmirror to pcmirror_daemon"},
    {"pcmirror_daemon",
     "pcmirror",
     "revoke insert, update, delete on pcmirror.schema_migrations from pcmirror_daemon"},
    {"pcmirror_operator",
     "pcmirror",
     "grant usage on schema pcmirror to pcmirror_operator;"
     "grant select on pcmirror.schema_migrations to pcmirror_operator"},
    {"pcmirror_operator",
     "pcmirror",
     "grant select on pcmirror.sync_runs, pcmirror.sync_scopes, pcmirror.change_log, "
     "pcmirror.rejected_records, pcmirror.daemons to pcmirror_operator",
     "pcmirror.sync_scopes"},
    {"pcmirror_operator",
     "pcmirror",
     "grant select on pcmirror.write_jobs, pcmirror.write_job_attempts, pcmirror.job_stats, "
     "pcmirror.job_pauses, pcmirror.operations, pcmirror.operation_fields, "
     "pcmirror.operations_written to pcmirror_operator;"
     "grant execute on function pcmirror.enqueue_job(text, uuid, jsonb, text, timestamptz, "
     "integer), "
     "pcmirror.enqueue_jobs(text[], uuid[], jsonb[], text[], timestamptz[], integer[]), "
     "pcmirror.job_refusals(text[], uuid[], jsonb[], text[], timestamptz[], integer[]), "
     "pcmirror.payload_problems(text, jsonb), pcmirror.batch_problems(text[], jsonb[]), "
     "pcmirror.wrong_type(text, jsonb, text), pcmirror.cancel_job(bigint), "
     "pcmirror.retry_job(bigint), pcmirror.pause_jobs(uuid), pcmirror.resume_jobs(uuid), "
     "pcmirror.release_jobs(uuid), pcmirror.job_secret(bigint) to pcmirror_operator",
     "pcmirror.jobs"},
    {"pcmirror_operator",
     "partner_center",
     "grant usage on schema partner_center to pcmirror_operator;"
     "grant select on all tables in schema partner_center to pcmirror_operator"},
    {"pcmirror_operator",
     "reporting",
     "grant usage on schema reporting to pcmirror_operator;"
     "grant select on all tables in schema reporting to pcmirror_operator"},
}};

bool applies(pqxx::transaction_base& transaction, const Privilege& privilege) {
    return role_exists(transaction, privilege.role) &&
           schema_exists(transaction, privilege.schema) &&
           (privilege.table.empty() || table_exists(transaction, privilege.table));
}

bool lacks_usage(pqxx::transaction_base& transaction, const Privilege& privilege) {
    const pqxx::result has = exec_bound(
        transaction,
        "select pg_catalog.has_schema_privilege($1, $2, 'usage')",
        std::string(privilege.role),
        std::string(privilege.schema)
    );
    return !has[0][0].as<bool>();
}

} // namespace

bool privileges_missing(pqxx::transaction_base& transaction) {
    const std::optional<std::string> owner = schema_owner(transaction);
    if (!owner || !may_act_as(transaction, *owner))
        return false;
    for (const Privilege& privilege : privileges)
        if (applies(transaction, privilege) && lacks_usage(transaction, privilege))
            return true;
    return false;
}

void grant_privileges(pqxx::transaction_base& transaction) {
    for (const Privilege& privilege : privileges)
        if (applies(transaction, privilege))
            transaction.exec(std::string(privilege.statement));
}

std::string planned_grants(const std::function<bool(std::string_view)>& will_exist) {
    std::string grants;
    for (const Privilege& privilege : privileges)
        if (will_exist(privilege.role))
            grants += std::string(privilege.statement) + ";\n";
    return grants;
}

} // namespace pcmirror
