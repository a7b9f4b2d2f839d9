#include "sync/db/scope_end.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"

#include <string>
#include <vector>

namespace pcmirror {
namespace {

// A touch that is still in force makes a digest of this reading worthless (invariant I3).
constexpr const char* end_scopes_sql = R"(
update pcmirror.sync_scopes s
set state = case when v.ended then v.state else s.state end,
    last_attempt_at = case when v.ended then v.asked_at else last_attempt_at end,
    last_error = case when v.ended then nullif(v.message, '') else last_error end,
    last_success_at = case when v.ended and v.state = 'ok' then v.asked_at else last_success_at end,
    consecutive_failures = case when not v.ended then consecutive_failures
                                when v.state = 'failing' then consecutive_failures + 1 else 0 end,
    held_rows = v.held,
    digest = case when v.digest <> '' and not exists (
                 select from pcmirror.touched_rows w
                 where w.resource = any ($9::text[])
                     and w.customer_id is not distinct from s.customer_id
                     and (w.expires_at > now() or w.asked_at >= v.asked_at))
             then decode(v.digest, 'hex') end,
    fingerprint = v.fingerprint,
    completed_token = case when v.ended then lease_token else completed_token end,
    lease_daemon = case when v.ended then null else lease_daemon end,
    row_count = )";

constexpr const char* ended_scopes_sql = R"(
from unnest($1::bigint[], $2::boolean[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[],
    $7::text[], $8::bigint[]) as v (
    scope_id, ended, state, asked_at, message, held, digest, fingerprint)
where s.scope_id = v.scope_id)";

constexpr const char* count_run_sql = R"(
update pcmirror.sync_runs
set rows_seen = rows_seen + $2::bigint, inserted = inserted + $3::bigint,
    updated = updated + $4::bigint, deleted = deleted + $5::bigint, held = held + $6::bigint,
    rejected = rejected + $7::bigint, scopes_ok = scopes_ok + $8::integer,
    scopes_failed = scopes_failed + $9::integer, scopes_held = scopes_held + $10::integer,
    requests = greatest(requests, $11::bigint)
where run_id = $1::bigint)";

std::string state_of(ScopeEnd end) {
    if (end == ScopeEnd::held)
        return "held";
    return end == ScopeEnd::failing ? "failing" : "ok";
}

const char* literal(bool value) {
    return value ? "true" : "false";
}

void write_ends(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<AppliedScope>& scopes
) {
    ArrayLiteral ids;
    ArrayLiteral ended;
    ArrayLiteral states;
    ArrayLiteral asked;
    ArrayLiteral messages;
    ArrayLiteral held;
    ArrayLiteral digests;
    ArrayLiteral fingerprints;
    for (const auto& [reading, report, whole] : scopes) {
        ids.add_number(report->scope_id);
        ended.add(literal(report->end != ScopeEnd::unconfirmed));
        states.add(state_of(report->end));
        asked.add(reading->lease.asked_at);
        messages.add(report->message);
        held.add_number(static_cast<long long>(report->held));
        digests.add(whole ? reading->rows.digest().hex() : std::string());
        fingerprints.add_number(static_cast<std::int64_t>(reading->fingerprint));
    }
    std::vector<std::string> tables;
    for (const Table& table : resource.tables)
        tables.emplace_back(table.name);
    exec_bound(
        transaction,
        end_scopes_sql + sql::count_mirrored(resource, "s") + ended_scopes_sql,
        ids.text(),
        ended.text(),
        states.text(),
        asked.text(),
        messages.text(),
        held.text(),
        digests.text(),
        fingerprints.text(),
        text_array(tables)
    );
}

struct RunFigures {
    std::uint64_t seen = 0;
    std::uint64_t inserted = 0;
    std::uint64_t updated = 0;
    std::uint64_t deleted = 0;
    std::uint64_t held = 0;
    std::uint64_t rejected = 0;
    int ok = 0;
    int failed = 0;
    int scopes_held = 0;

    void add(const ScopeReport& report) {
        const bool again = report.end == ScopeEnd::unconfirmed;
        seen += again ? 0 : report.seen;
        inserted += report.inserted;
        updated += report.updated;
        deleted += report.deleted;
        held += report.held;
        rejected += again ? 0 : report.rejected;
        ok += report.end == ScopeEnd::applied ? 1 : 0;
        failed += report.end == ScopeEnd::failing ? 1 : 0;
        scopes_held += report.end == ScopeEnd::held ? 1 : 0;
    }
};

} // namespace

void end_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const RunSoFar& run,
    const std::vector<AppliedScope>& scopes
) {
    write_ends(transaction, resource, scopes);
    RunFigures figures;
    for (const AppliedScope& scope : scopes)
        figures.add(*scope.report);
    exec_bound(
        transaction,
        count_run_sql,
        run.run_id,
        figures.seen,
        figures.inserted,
        figures.updated,
        figures.deleted,
        figures.held,
        figures.rejected,
        figures.ok,
        figures.failed,
        figures.scopes_held,
        run.requests
    );
}

} // namespace pcmirror
