#include "sync/write/job_records.hpp"

#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/due_scopes.hpp"
#include "sync/db/kept_plans.hpp"
#include "sync/db/leaving.hpp"
#include "sync/write/touched_rows.hpp"

#include <map>

namespace pcmirror {
namespace {

// A job that was held meanwhile, after a failover, is not done again for what is known of it.
constexpr const char* lock_sql = R"(
select j.job_id from pcmirror.jobs j
join unnest($1::bigint[], $2::bigint[]) v (job_id, token) using (job_id)
where j.lease_token = v.token
    and (j.state = 'running' or (j.state = 'queued' and j.held_at is not null))
order by j.job_id for no key update of j)";

constexpr const char* answer_sql = R"(
with answered as (
    update pcmirror.jobs
    set answered_at = now(), sent_at = null, http_status = nullif($2::integer, 0),
        response = nullif($3, '')::jsonb
    where job_id = $1::bigint
    returning job_id, attempts)
update pcmirror.write_job_attempts a
set answered_at = now(), http_status = nullif($2::integer, 0), outcome = $4
from answered j where a.job_id = j.job_id and a.attempt = j.attempts)";

constexpr const char* keep_secret_sql = R"(
insert into pcmirror.job_secrets (job_id, field, value, of_answer)
values ($1::bigint, 'answer', $2, true)
on conflict do nothing)";

constexpr const char* end_sql = R"(
with ended as (
    update pcmirror.jobs j
    set state = v.state, finished_at = now(), lease_daemon = null, held_at = null,
        sent_at = case when v.in_doubt then j.sent_at end,
        last_error = coalesce(nullif(v.error, ''), case when v.state = 'failed' then '?' end),
        http_status = coalesce(nullif(v.http_status, 0), j.http_status),
        response = coalesce(nullif(v.response, '')::jsonb, j.response),
        confirmed = case when v.state = 'succeeded' then v.confirmed end,
        answered_at = case when j.attempts > 0 then coalesce(j.answered_at, now()) end
    from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::boolean[],
        $7::text[], $8::boolean[]) as v (job_id, state, error, http_status, response, confirmed, outcome,
            in_doubt)
    where j.job_id = v.job_id
    returning j.job_id, j.attempts, v.state, v.error, v.http_status, v.outcome),
noted as (
    update pcmirror.write_job_attempts a
    set answered_at = coalesce(a.answered_at, case when e.http_status > 0 then now() end),
        http_status = coalesce(nullif(e.http_status, 0), a.http_status),
        outcome = coalesce(nullif(e.outcome, ''), e.state), error = nullif(e.error, '')
    from ended e where a.job_id = e.job_id and a.attempt = e.attempts and a.outcome is null)
delete from pcmirror.job_secrets s using ended e where s.job_id = e.job_id and not s.of_answer)";

constexpr const char* owe_sql = R"(
insert into pcmirror.owed_reads (resource, customer_id, row_id)
select distinct k.resource, k.customer_id, v.row_id
from unnest($1::text[], $2::uuid[], $3::text[]) v (resource, customer_id, row_id)
join pcmirror.row_reads k on k.resource = v.resource and k.customer_id = v.customer_id
where v.row_id <> '')";

using Records = std::vector<const JobRecord*>;

/// One transaction's worth. Read it from `run`.
class Writing {
  public:
    Writing(pqxx::transaction_base& work, const Catalogue& catalogue)
        : work_(work), catalogue_(catalogue) {}

    std::set<std::int64_t> run(const Records& records) {
        std::set<std::int64_t> ours = lock(records);
        Records known;
        for (const JobRecord* record : records)
            if (ours.contains(record->job.job_id))
                known.push_back(record);
        for (const JobRecord* record : known)
            write_answer(*record);
        write_mirror(known);
        write_ends(known);
        return ours;
    }

  private:
    std::set<std::int64_t> lock(const Records& records) {
        ArrayLiteral ids;
        ArrayLiteral tokens;
        for (const JobRecord* record : records) {
            ids.add_number(record->job.job_id);
            tokens.add_number(record->job.token);
        }
        std::set<std::int64_t> ours;
        for (const auto& row : exec_kept(work_, lock_sql, ids.text(), tokens.text()))
            ours.insert(row[0].as<std::int64_t>());
        return ours;
    }

    /// An answer that comes with the end is written with it.
    void write_answer(const JobRecord& record) {
        if (!record.answer)
            return;
        const JobAnswer& answer = *record.answer;
        if (answer.secret)
            exec_kept(work_, keep_secret_sql, record.job.job_id, *answer.secret);
        if (!record.end)
            exec_kept(
                work_,
                answer_sql,
                record.job.job_id,
                answer.http_status,
                answer.response,
                answer.outcome.empty() ? std::string("succeeded") : answer.outcome
            );
    }

    void write_mirror(const Records& records) {
        std::map<const Resource*, std::vector<const ScopeReading*>> touched;
        ArrayLiteral resources;
        ArrayLiteral customers;
        ArrayLiteral rows;
        bool any_due = false;
        bool any_owed = false;
        for (const JobRecord* record : records) {
            for (const TouchedRows& one : record->touched)
                touched[one.resource].push_back(&one.reading);
            for (const DueScope& scope : record->due) {
                resources.add(scope.resource);
                customers.add_or_null(scope.customer_id);
                rows.add(scope.row_id);
                any_due = true;
                any_owed = any_owed || !scope.row_id.empty();
            }
        }
        for (const auto& [resource, readings] : touched)
            apply_touched_rows(work_, *resource, readings);
        if (any_due)
            make_due(work_, resources.text(), customers.text());
        if (any_owed)
            exec_kept(
                work_,
                owe_sql + std::string(sql::owe_once),
                resources.text(),
                customers.text(),
                rows.text()
            );
        for (const JobRecord* record : records)
            if (record->customer_leaves)
                remove_customer(
                    work_,
                    catalogue_,
                    *catalogue_.customers(),
                    record->job.customer_id,
                    record->job.job_id
                );
    }

    void write_ends(const Records& records) {
        ArrayLiteral ids;
        ArrayLiteral states;
        ArrayLiteral errors;
        ArrayLiteral statuses;
        ArrayLiteral responses;
        ArrayLiteral confirmed;
        ArrayLiteral outcomes;
        ArrayLiteral in_doubt;
        bool any = false;
        for (const JobRecord* record : records) {
            if (!record->end)
                continue;
            any = true;
            const JobEnd& end = *record->end;
            const JobAnswer answer = record->answer.value_or(JobAnswer());
            ids.add_number(record->job.job_id);
            states.add(end.state);
            errors.add(end.error);
            statuses.add_number(record->answer ? answer.http_status : end.http_status);
            responses.add(answer.response);
            end.confirmed ? confirmed.add_flag(*end.confirmed) : confirmed.add_null();
            outcomes.add(answer.outcome);
            in_doubt.add_flag(end.in_doubt);
        }
        if (any)
            exec_kept(
                work_,
                end_sql,
                ids.text(),
                states.text(),
                errors.text(),
                statuses.text(),
                responses.text(),
                confirmed.text(),
                outcomes.text(),
                in_doubt.text()
            );
    }

    pqxx::transaction_base& work_;
    const Catalogue& catalogue_;
};

} // namespace

std::set<std::int64_t>
write_records(pqxx::transaction_base& work, const Catalogue& catalogue, const Records& records) {
    return Writing(work, catalogue).run(records);
}

} // namespace pcmirror
