#include "sync/db/scope_end.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"

#include <string>
#include <vector>

namespace pcmirror {
namespace {

// A touch that is still in force makes a digest of this reading worthless (invariant I3).
constexpr const char* end_scope_sql = R"(
update pcmirror.sync_scopes s
set state = case when $10::boolean then $2 else state end,
    last_attempt_at = case when $10::boolean then $3::timestamptz else last_attempt_at end,
    last_error = case when $10::boolean then nullif($4, '') else last_error end,
    last_success_at = case when $10::boolean and $2 = 'ok' then $3::timestamptz
                           else last_success_at end,
    consecutive_failures = case when not $10::boolean then consecutive_failures
                                when $2 = 'failing' then consecutive_failures + 1 else 0 end,
    row_count = $5::bigint, held_rows = $6::bigint,
    digest = case when $7 <> '' and not exists (
                 select from pcmirror.touched_rows w
                 where w.resource = any ($9::text[])
                     and w.customer_id is not distinct from s.customer_id
                     and (w.expires_at > now() or w.asked_at >= $3::timestamptz))
             then decode($7, 'hex') end,
    fingerprint = $8::bigint,
    completed_token = case when $10::boolean then lease_token else completed_token end,
    lease_daemon = case when $10::boolean then null else lease_daemon end
where scope_id = $1::bigint)";

constexpr const char* count_run_sql = R"(
update pcmirror.sync_runs
set rows_seen = rows_seen + $2::bigint, inserted = inserted + $3::bigint,
    updated = updated + $4::bigint, deleted = deleted + $5::bigint, held = held + $6::bigint,
    rejected = rejected + $7::bigint, scopes_ok = scopes_ok + $8::integer,
    scopes_failed = scopes_failed + $9::integer, scopes_held = scopes_held + $10::integer
where run_id = $1::bigint)";

/// Rows of the scope's first table now; the figures of a report count nested tables, too.
std::uint64_t mirrored_rows(
    pqxx::transaction_base& transaction, const Resource& resource, std::int64_t scope_id
) {
    const pqxx::result row = exec_bound(
        transaction,
        "select count(*) from " + sql::mirror_table(resource.table()) +
            " t, stage_scopes s where s.scope_id = $1::bigint" +
            (resource.parent == nullptr ? "" : " and t.customer_id = s.customer_id"),
        scope_id
    );
    return row[0][0].as<std::uint64_t>();
}

std::string state_of(ScopeEnd end) {
    if (end == ScopeEnd::held)
        return "held";
    return end == ScopeEnd::failing ? "failing" : "ok";
}

} // namespace

void end_scope(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const ScopeReading& reading,
    const ScopeReport& report,
    bool whole
) {
    std::vector<std::string> tables;
    for (const Table& table : resource.tables)
        tables.emplace_back(table.name);
    exec_bound(
        transaction,
        end_scope_sql,
        report.scope_id,
        state_of(report.end),
        reading.lease.asked_at,
        report.message,
        mirrored_rows(transaction, resource, report.scope_id),
        report.held,
        whole ? reading.rows.digest().hex() : std::string(),
        static_cast<std::int64_t>(reading.fingerprint),
        text_array(tables),
        report.end != ScopeEnd::unconfirmed
    );
}

void count_in_run(
    pqxx::transaction_base& transaction, std::int64_t run_id, const ScopeReport& report
) {
    const bool again = report.end == ScopeEnd::unconfirmed;
    exec_bound(
        transaction,
        count_run_sql,
        run_id,
        again ? 0 : report.seen,
        report.inserted,
        report.updated,
        report.deleted,
        report.held,
        again ? 0 : report.rejected,
        report.end == ScopeEnd::applied ? 1 : 0,
        report.end == ScopeEnd::failing ? 1 : 0,
        report.end == ScopeEnd::held ? 1 : 0
    );
}

} // namespace pcmirror
