#include "sync/write/job_store.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/leases.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pcmirror {
namespace {

// What a daemon left behind that died is taken over as it stands: what it sent may have taken
// effect.
constexpr const char* adopt_sql = R"(
update pcmirror.jobs j
set lease_daemon = $1::bigint, lease_token = nextval('pcmirror.lease_tokens')
from (select o.job_id from pcmirror.jobs o
      where o.state = 'running' and not {alive}
      order by o.job_id limit $2::integer for update skip locked) left_behind
where j.job_id = left_behind.job_id
returning j.job_id)";

// Lane by lane through the index, so that a lane of thousands of jobs costs no more than one of
// one.
constexpr const char* claim_sql = R"(
with recursive lanes (lane) as (
    (select j.lane from pcmirror.jobs j where j.state = 'queued' order by j.lane limit 1)
    union all
    select (select j.lane from pcmirror.jobs j
            where j.state = 'queued' and j.lane > l.lane order by j.lane limit 1)
    from lanes l where l.lane is not null
), heads as (
    select h.job_id from lanes l
    left join lateral (
        select o.job_id, o.state from pcmirror.jobs o
        where o.lane = l.lane and (o.state = 'running' or (o.state = 'queued' and o.attempts > 0))
        limit 1) under_way on true
    cross join lateral (
        select j.job_id, j.priority from pcmirror.jobs j
        where j.lane = l.lane and j.state = 'queued' and j.run_after <= now() and j.held_at is null
            and (under_way.job_id is null or j.job_id = under_way.job_id)
        order by j.priority desc, j.job_id limit 1) h
    where l.lane is not null and under_way.state is distinct from 'running'
        and not exists (select from pcmirror.job_pauses p
                        where p.customer_id is null or p.customer_id = l.lane)
        and not exists (select from pcmirror.throttled_customers t
                        where t.customer_id = l.lane and t.blocked_until > now())
    order by h.priority desc, h.job_id limit $2::integer
), free as (
    select j.job_id from pcmirror.jobs j
    where j.job_id in (select job_id from heads) and j.state = 'queued'
    for update skip locked
)
update pcmirror.jobs j
set state = 'running', lease_daemon = $1::bigint, lease_token = nextval('pcmirror.lease_tokens'),
    started_at = coalesce(j.started_at, now()),
    request_id = coalesce(j.request_id, gen_random_uuid())
from free where j.job_id = free.job_id
returning j.job_id)";

constexpr const char* read_sql = R"(
select j.job_id, j.lease_token, j.operation, coalesce(j.customer_id::text, ''), j.payload::text,
    j.attempts, j.failures, coalesce(j.request_id::text, ''),
    extract(epoch from now() - j.sent_at)::double precision, j.answered_at is not null,
    coalesce(j.http_status, 0), coalesce(j.response::text, ''),
    extract(epoch from now() - coalesce(j.retried_at, j.created_at))::double precision,
    coalesce((select jsonb_object_agg(s.field, s.value)::text from pcmirror.job_secrets s
              where s.job_id = j.job_id and not s.of_answer), '{}'),
    coalesce(j.last_error, '')
from pcmirror.jobs j where j.job_id = any ($1::bigint[])
order by j.priority desc, j.job_id)";

constexpr const char* cancel_sql = R"(
with cancelled as (
    update pcmirror.jobs
    set state = 'cancelled', finished_at = now(), lease_daemon = null,
        last_error = 'cancelled before its request left'
    where job_id = $1::bigint and lease_token = $2::bigint and state = 'running'
        and cancel_asked_at is not null
    returning job_id)
delete from pcmirror.job_secrets s using cancelled c where s.job_id = c.job_id)";

constexpr const char* send_sql = R"(
with sent as (
    update pcmirror.jobs j set sent_at = now(), attempts = attempts + 1, request_id = $4::uuid
    where job_id = $1::bigint and lease_token = $2::bigint and state = 'running'
        and cancel_asked_at is null and lease_daemon = $3::bigint and {alive}
    returning job_id, attempts, request_id)
insert into pcmirror.write_job_attempts (job_id, attempt, request_id, daemon_id)
select job_id, attempts, request_id, $3::bigint from sent
returning attempt)";

constexpr const char* answer_sql = R"(
with answered as (
    update pcmirror.jobs
    set answered_at = now(), sent_at = null, http_status = nullif($3::integer, 0),
        response = nullif($4, '')::jsonb
    where job_id = $1::bigint and lease_token = $2::bigint and state = 'running'
    returning job_id, attempts),
kept as (
    insert into pcmirror.job_secrets (job_id, field, value, of_answer)
    select job_id, 'answer', $5, true from answered where $5 <> ''
    on conflict do nothing),
noted as (
    update pcmirror.write_job_attempts a
    set answered_at = now(), http_status = nullif($3::integer, 0), outcome = $6
    from answered j where a.job_id = j.job_id and a.attempt = j.attempts)
select job_id from answered)";

constexpr const char* postpone_sql = R"(
with given_back as (
    update pcmirror.jobs
    set state = 'queued', lease_daemon = null, run_after = now() + make_interval(secs => $3),
        last_error = $4, http_status = nullif($5::integer, 0),
        sent_at = case when $9::boolean then sent_at end,
        request_id = case when $7::boolean then request_id end,
        failures = failures + case when $8::boolean then 1 else 0 end
    where job_id = $1::bigint and lease_token = $2::bigint and state = 'running'
    returning job_id, attempts),
noted as (
    update pcmirror.write_job_attempts a
    set answered_at = case when $5::integer > 0 then now() end, http_status = nullif($5::integer, 0),
        outcome = $6, error = $4
    from given_back j where a.job_id = j.job_id and a.attempt = j.attempts)
select job_id from given_back)";

constexpr const char* end_sql = R"(
with ended as (
    update pcmirror.jobs j
    set state = v.state, finished_at = now(), lease_daemon = null, sent_at = null,
        last_error = coalesce(nullif(v.error, ''), case when v.state = 'failed' then '?' end),
        http_status = coalesce(nullif(v.http_status, 0), j.http_status),
        response = coalesce(nullif(v.response, '')::jsonb, j.response),
        confirmed = case when v.state = 'succeeded' then v.confirmed end,
        answered_at = case when j.attempts > 0 then coalesce(j.answered_at, now()) end
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[],
        $7::boolean[], $8::text[]) as v (
        job_id, token, state, error, http_status, response, confirmed, outcome)
    where j.job_id = v.job_id and j.lease_token = v.token and j.state = 'running'
    returning j.job_id, j.attempts, v.state, v.error, v.http_status, v.outcome),
noted as (
    update pcmirror.write_job_attempts a
    set answered_at = coalesce(a.answered_at, case when e.http_status > 0 then now() end),
        http_status = coalesce(nullif(e.http_status, 0), a.http_status),
        outcome = coalesce(nullif(e.outcome, ''), e.state), error = nullif(e.error, '')
    from ended e where a.job_id = e.job_id and a.attempt = e.attempts and a.outcome is null),
wiped as (
    delete from pcmirror.job_secrets s using ended e where s.job_id = e.job_id and not s.of_answer)
select job_id from ended)";

constexpr const char* release_sql = R"(
update pcmirror.jobs set state = 'queued', lease_daemon = null
where lease_daemon = $1::bigint and state = 'running')";

constexpr const char* next_due_sql = R"(
select extract(epoch from min(run_after) - now())::double precision
from pcmirror.jobs where state = 'queued' and held_at is null and run_after > now())";

constexpr const char* is_alive_sql = "select {alive}";

std::string with_alive(const char* sql, const std::string& daemon) {
    std::string text(sql);
    const std::string mark = "{alive}";
    text.replace(text.find(mark), mark.size(), leases::alive(daemon));
    return text;
}

std::chrono::duration<double> seconds_of(const pqxx::field& field) {
    return std::chrono::duration<double>(field.as<double>());
}

Job read_job(const pqxx::row& row) {
    Job job;
    job.job_id = row[0].as<std::int64_t>();
    job.token = row[1].as<std::int64_t>();
    job.operation = row[2].c_str();
    job.customer_id = row[3].c_str();
    job.payload = row[4].c_str();
    job.attempts = row[5].as<int>();
    job.failures = row[6].as<int>();
    job.request_id = row[7].c_str();
    if (!row[8].is_null())
        job.sent_ago = seconds_of(row[8]);
    job.answered = row[9].as<bool>();
    job.http_status = row[10].as<int>();
    job.response = row[11].c_str();
    job.age = seconds_of(row[12]);
    job.last_error = row[14].c_str();
    job.secrets = nlohmann::json::parse(row[13].c_str()).get<std::map<std::string, std::string>>();
    return job;
}

void require_alive(pqxx::transaction_base& transaction, std::int64_t daemon_id) {
    const pqxx::result alive =
        exec_bound(transaction, with_alive(is_alive_sql, "$1::bigint"), daemon_id);
    if (!alive[0][0].as<bool>())
        throw DatabaseError(
            DatabaseTrouble::unreachable,
            Recovery::fix_database,
            "this process is not registered any more: its database session was lost",
            ""
        );
}

} // namespace

asio::awaitable<std::vector<Job>> JobStore::claim(std::int64_t daemon_id, int at_most) {
    co_return co_await pool_->run("claiming jobs", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        require_alive(work, daemon_id);
        std::vector<std::int64_t> claimed;
        const auto take = [&](const pqxx::result& rows) {
            for (const auto& row : rows)
                claimed.push_back(row[0].as<std::int64_t>());
        };
        take(exec_bound(work, with_alive(adopt_sql, "o.lease_daemon"), daemon_id, at_most));
        const int left = at_most - static_cast<int>(claimed.size());
        if (left > 0)
            take(exec_bound(work, claim_sql, daemon_id, left));
        std::vector<Job> jobs;
        if (!claimed.empty())
            for (const auto& row : exec_bound(work, read_sql, number_array(claimed)))
                jobs.push_back(read_job(row));
        work.commit();
        return jobs;
    });
}

asio::awaitable<bool> JobStore::send(Job job, std::int64_t daemon_id) {
    co_return co_await pool_->run("noting a request", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        const pqxx::result sent = exec_bound(
            work,
            with_alive(send_sql, "j.lease_daemon"),
            job.job_id,
            job.token,
            daemon_id,
            job.request_id
        );
        if (sent.empty())
            exec_bound(work, cancel_sql, job.job_id, job.token);
        work.commit();
        return !sent.empty();
    });
}

asio::awaitable<bool> JobStore::answer(
    Job job,
    int http_status,
    std::string response,
    std::optional<std::string> secret,
    std::string outcome
) {
    co_return co_await pool_->run("storing an answer", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        const pqxx::result answered = exec_bound(
            work,
            answer_sql,
            job.job_id,
            job.token,
            http_status,
            response,
            secret.value_or(std::string()),
            outcome.empty() ? std::string("succeeded") : outcome
        );
        work.commit();
        return !answered.empty();
    });
}

asio::awaitable<bool> JobStore::postpone(Job job, Postponed postponed) {
    co_return co_await pool_->run("putting off a job", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        const pqxx::result given_back = exec_bound(
            work,
            postpone_sql,
            job.job_id,
            job.token,
            std::chrono::duration<double>(postponed.pause).count(),
            postponed.error,
            postponed.http_status,
            postponed.outcome,
            postponed.same_request,
            postponed.counts,
            postponed.in_doubt
        );
        work.commit();
        return !given_back.empty();
    });
}

asio::awaitable<std::vector<std::int64_t>> JobStore::end(std::vector<std::pair<Job, JobEnd>> ended
) {
    co_return co_await pool_->run("ending jobs", [&](pqxx::connection& connection) {
        ArrayLiteral ids;
        ArrayLiteral tokens;
        ArrayLiteral states;
        ArrayLiteral errors;
        ArrayLiteral statuses;
        ArrayLiteral responses;
        ArrayLiteral confirmed;
        ArrayLiteral outcomes;
        for (const auto& [job, end] : ended) {
            ids.add_number(job.job_id);
            tokens.add_number(job.token);
            states.add(end.state);
            errors.add(end.error);
            statuses.add_number(end.http_status);
            responses.add(end.response);
            if (end.confirmed)
                confirmed.add_flag(*end.confirmed);
            else
                confirmed.add_null();
            outcomes.add(end.outcome);
        }
        pqxx::work work(connection);
        hold_schema(work);
        std::vector<std::int64_t> known;
        for (const auto& row : exec_bound(
                 work,
                 end_sql,
                 ids.text(),
                 tokens.text(),
                 states.text(),
                 errors.text(),
                 statuses.text(),
                 responses.text(),
                 confirmed.text(),
                 outcomes.text()
             ))
            known.push_back(row[0].as<std::int64_t>());
        work.commit();
        return known;
    });
}

asio::awaitable<void> JobStore::release(std::int64_t daemon_id) {
    co_await pool_->run("giving back jobs", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        exec_bound(work, release_sql, daemon_id);
        work.commit();
    });
}

asio::awaitable<std::int64_t> JobStore::prune(std::chrono::seconds keep, int at_most) {
    co_return co_await pool_->run("pruning jobs", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        const pqxx::result pruned = exec_bound(
            work,
            "select pcmirror.prune_jobs(make_interval(secs => $1), $2::integer)",
            static_cast<double>(keep.count()),
            at_most
        );
        work.commit();
        return pruned[0][0].as<std::int64_t>();
    });
}

asio::awaitable<std::optional<std::chrono::duration<double>>> JobStore::next_due() {
    co_return co_await pool_->run("looking for the next job", [](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const pqxx::result due = transaction.exec(next_due_sql);
        return due[0][0].is_null() ? std::nullopt : std::optional(seconds_of(due[0][0]));
    });
}

} // namespace pcmirror
