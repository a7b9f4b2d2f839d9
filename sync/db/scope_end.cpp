#include "sync/db/scope_end.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"

#include <string>
#include <utility>
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
    compared_at = case when v.ended and v.state = 'ok' and v.in_full then v.asked_at
                       else compared_at end,
    consecutive_failures = case when not v.ended then consecutive_failures
                                when v.state = 'failing' then consecutive_failures + 1 else 0 end,
    held_rows = v.held,
    digest = case when v.digest <> '' and not exists (
                 select from pcmirror.touched_rows w
                 where w.resource = any ($9::text[]) and w.customer_id = s.customer_id
                     and (w.expires_at > now() or w.asked_at >= v.asked_at))
                 and not (s.customer_id is null and exists (
                 select from pcmirror.touched_rows w
                 where w.resource = any ($9::text[])
                     and (w.expires_at > now() or w.asked_at >= v.asked_at)))
             then decode(v.digest, 'hex') end,
    fingerprint = v.fingerprint,
    completed_token = lease_token,
    lease_daemon = case when v.ended then null else lease_daemon end,
    row_count = )";

constexpr const char* ended_scopes_sql = R"(
from unnest($1::bigint[], $2::boolean[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[],
    $7::text[], $8::bigint[], $10::boolean[]) as v (
    scope_id, ended, state, asked_at, message, held, digest, fingerprint, in_full)
where s.scope_id = v.scope_id)";

constexpr const char* count_run_sql = R"(
update pcmirror.sync_runs
set rows_seen = rows_seen + $2::bigint, inserted = inserted + $3::bigint,
    updated = updated + $4::bigint, deleted = deleted + $5::bigint, held = held + $6::bigint,
    rejected = rejected + $7::bigint, scopes_ok = scopes_ok + $8::integer,
    scopes_unchanged = scopes_unchanged + $9::integer,
    scopes_failed = scopes_failed + $10::integer, scopes_held = scopes_held + $11::integer,
    scopes_refused = scopes_refused + $12::integer, requests = greatest(requests, $13::bigint)
where run_id = $1::bigint)";

constexpr const char* count_portions_sql = R"(
update pcmirror.sync_scopes s
set row_count = s.row_count + v.more, digest = null, fingerprint = v.fingerprint
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as v (scope_id, more, fingerprint)
where s.scope_id = v.scope_id)";

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
    ArrayLiteral in_full;
    for (const auto& [reading, report, whole] : scopes) {
        ids.add_number(report->scope_id);
        ended.add_flag(report->end != ScopeEnd::unconfirmed);
        states.add(state_of(report->end));
        asked.add(reading->lease.asked_at);
        messages.add(report->message);
        held.add_number(static_cast<long long>(report->rows.held));
        digests.add(whole ? reading->rows.digest().hex() : std::string());
        fingerprints.add_number(static_cast<std::int64_t>(reading->fingerprint));
        // Hashes are those of rows beside a digest.
        in_full.add_flag(reading->lease.digest.empty());
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
        text_array(tables),
        in_full.text()
    );
}

/// What is read in portions is counted up; how it ends is written at its end.
void count_portions(pqxx::transaction_base& transaction, const std::vector<AppliedScope>& scopes) {
    ArrayLiteral ids;
    ArrayLiteral more;
    ArrayLiteral fingerprints;
    for (const auto& [reading, report, whole] : scopes) {
        ids.add_number(report->scope_id);
        more.add_number(
            static_cast<long long>(report->rows.inserted) -
            static_cast<long long>(report->rows.deleted)
        );
        fingerprints.add_number(static_cast<std::int64_t>(reading->fingerprint));
    }
    exec_bound(transaction, count_portions_sql, ids.text(), more.text(), fingerprints.text());
}

} // namespace

std::string_view state_of(ScopeEnd end) {
    switch (end) {
    case ScopeEnd::held:
        return "held";
    case ScopeEnd::failing:
        return "failing";
    case ScopeEnd::refused:
        return "refused";
    default:
        return "ok";
    }
}

void count_in_run(
    pqxx::transaction_base& transaction, const RunSoFar& run, const RowFigures& rows, EndCounts ends
) {
    exec_bound(
        transaction,
        count_run_sql,
        run.run_id,
        rows.seen,
        rows.inserted,
        rows.updated,
        rows.deleted,
        rows.held,
        rows.rejected,
        ends[ScopeEnd::applied] + ends[ScopeEnd::unchanged],
        ends[ScopeEnd::unchanged],
        ends[ScopeEnd::failing],
        ends[ScopeEnd::held],
        ends[ScopeEnd::refused],
        run.requests
    );
}

void end_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const RunSoFar& run,
    const std::vector<AppliedScope>& scopes
) {
    if (resource.per_row_of != nullptr)
        count_portions(transaction, scopes);
    else
        write_ends(transaction, resource, scopes);
    RowFigures figures;
    EndCounts ends;
    for (const AppliedScope& scope : scopes) {
        figures += scope.report->rows;
        ++ends[scope.report->end];
    }
    count_in_run(transaction, run, figures, std::move(ends));
}

} // namespace pcmirror
