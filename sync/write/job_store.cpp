#include "sync/write/job_store.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "schema/sql.hpp"
#include "schema/sql_text.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/kept_plans.hpp"
#include "sync/db/leases.hpp"

#include <chrono>
#include <set>

namespace pcmirror {
namespace {

constexpr std::size_t batch_at_most = 64;

constexpr const char* send_sql = R"(
with sent as (
    update pcmirror.jobs j set sent_at = now(), attempts = attempts + 1, begun = true,
        request_id = v.request_id, first_seen = nullif(v.first_seen, ''),
        meant_user = nullif(v.meant_user, ''), lost_at = null
    from unnest($1::bigint[], $2::bigint[], $3::uuid[], $5::text[], $6::text[])
        v (job_id, token, request_id, first_seen, meant_user)
    where j.job_id = v.job_id and j.lease_token = v.token and j.state = 'running'
        and j.cancel_asked_at is null and j.lease_daemon = $4::bigint and (select {alive})
        and not exists (select from pcmirror.job_pauses p
                        where p.customer_id is null or p.customer_id = j.lane)
    returning j.job_id, j.attempts, j.request_id)
insert into pcmirror.write_job_attempts (job_id, attempt, request_id, daemon_id)
select job_id, attempts, request_id, $4::bigint from sent
returning job_id)";

constexpr const char* cancel_sql = R"(
with cancelled as (
    update pcmirror.jobs j
    set state = 'cancelled', finished_at = now(), lease_daemon = null,
        last_error = 'cancelled before its request left'
    from unnest($1::bigint[], $2::bigint[]) v (job_id, token)
    where j.job_id = v.job_id and j.lease_token = v.token and j.state = 'running'
        and j.cancel_asked_at is not null
    returning j.job_id)
delete from pcmirror.job_secrets s using cancelled c where s.job_id = c.job_id)";

// What has been paused since it was claimed stays as it is.
constexpr const char* leave_paused_sql = R"(
update pcmirror.jobs j set state = 'queued', lease_daemon = null
from unnest($1::bigint[], $2::bigint[]) v (job_id, token)
where j.job_id = v.job_id and j.lease_token = v.token and j.state = 'running'
    and exists (select from pcmirror.job_pauses p
                where p.customer_id is null or p.customer_id = j.lane))";

constexpr const char* answered_for_now_sql = R"(
update pcmirror.write_job_attempts a
set answered_at = now(), http_status = $3::integer, outcome = 'later', error = $4
from pcmirror.jobs j
where j.job_id = $1::bigint and j.lease_token = $2::bigint and j.state = 'running'
    and a.job_id = j.job_id and a.attempt = j.attempts)";

constexpr const char* postpone_sql = R"(
with given_back as (
    update pcmirror.jobs
    set state = case when cancel_asked_at is null then 'queued' else 'cancelled' end,
        finished_at = case when cancel_asked_at is not null then now() end,
        lease_daemon = null, begun = true, run_after = now() + make_interval(secs => $3),
        last_error = case when cancel_asked_at is null then $4
                          else 'cancelled before it was sent; before that: ' || $4 end,
        http_status = coalesce(nullif($5::integer, 0), case when answered_at is not null then http_status end),
        sent_at = case when $9::boolean then sent_at end,
        lost_at = case when $11::boolean then now() when $9::boolean then lost_at end,
        request_id = case when $7::boolean or answered_at is not null then request_id
                          when $9::boolean then gen_random_uuid() end,
        first_seen = case when $9::boolean or $10::boolean then first_seen end,
        failures = failures + case when $8::boolean then 1 else 0 end,
        delays = delays + case when $12::boolean then 1 else 0 end
    where job_id = $1::bigint and lease_token = $2::bigint and state = 'running'
    returning job_id, attempts, state),
noted as (
    update pcmirror.write_job_attempts a
    set answered_at = case when $5::integer > 0 then now() end, http_status = nullif($5::integer, 0),
        outcome = $6, error = $4
    from given_back j where $13::boolean and a.job_id = j.job_id and a.attempt = j.attempts),
wiped as (
    delete from pcmirror.job_secrets s using given_back j
    where j.state = 'cancelled' and s.job_id = j.job_id and not s.of_answer)
select job_id from given_back)";

constexpr const char* user_sql = R"(
select min(u.user_id::text), bool_or(exists (
    select from pcmirror.touched_rows w
    where w.resource = 'users' and w.customer_id = u.customer_id and w.expires_at > now()
        and w.key = jsonb_build_object('customer_id', u.customer_id, 'user_id', u.user_id)))
from partner_center.users u
where u.customer_id = $1::uuid and lower(u.user_principal_name) = lower($2)
having count(*) = 1)";

} // namespace

JobStore::JobStore(
    const asio::any_io_executor& executor,
    DatabasePool& pool,
    const DaemonSession& session,
    const Catalogue& catalogue
)
    : pool_(&pool), session_(&session),
      sendings_(executor, batch_at_most, [this](auto jobs) { return send_all(std::move(jobs)); }),
      recorder_(executor, pool, catalogue) {}

asio::awaitable<bool> JobStore::send(Job job) {
    const Note note = co_await sendings_.add(std::move(job));
    co_return note.ours;
}

asio::awaitable<bool> JobStore::record(JobRecord record, const bool& stopping) {
    return recorder_.record(std::move(record), stopping);
}

asio::awaitable<JobStore::Notes> JobStore::send_all(Jobs jobs) {
    const std::int64_t daemon_id = session_->id();
    co_return co_await pool_->run("noting requests", [&](pqxx::connection& connection) {
        ArrayLiteral ids;
        ArrayLiteral tokens;
        ArrayLiteral requests;
        ArrayLiteral first_seen;
        ArrayLiteral meant_users;
        for (const Job* job : jobs) {
            ids.add_number(job->job_id);
            tokens.add_number(job->token);
            requests.add(job->request_id);
            first_seen.add(job->first_seen);
            meant_users.add(job->meant_user);
        }
        pqxx::work work(connection);
        hold_schema(work);
        keep_plans(work);
        std::set<std::int64_t> sent;
        for (const auto& row : exec_kept(
                 work,
                 sql::filled(send_sql, "{alive}", leases::alive("$4::bigint")),
                 ids.text(),
                 tokens.text(),
                 requests.text(),
                 daemon_id,
                 first_seen.text(),
                 meant_users.text()
             ))
            sent.insert(row[0].as<std::int64_t>());
        if (sent.size() < jobs.size())
            give_back(work, jobs, sent);
        work.commit();
        Notes notes;
        for (const Job* job : jobs)
            notes.push_back({sent.contains(job->job_id)});
        return notes;
    });
}

/// Of what may not leave any more: what was cancelled ends, what was paused waits.
void JobStore::give_back(
    pqxx::transaction_base& work, const Jobs& jobs, const std::set<std::int64_t>& sent
) {
    ArrayLiteral ids;
    ArrayLiteral tokens;
    for (const Job* job : jobs)
        if (!sent.contains(job->job_id)) {
            ids.add_number(job->job_id);
            tokens.add_number(job->token);
        }
    exec_kept(work, cancel_sql, ids.text(), tokens.text());
    exec_kept(work, leave_paused_sql, ids.text(), tokens.text());
}

asio::awaitable<void> JobStore::note_answer(Job job, int http_status, std::string error) {
    co_await pool_->run("noting an answer", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        exec_bound(work, answered_for_now_sql, job.job_id, job.token, http_status, error);
        work.commit();
    });
}

asio::awaitable<bool> JobStore::postpone(Job job, Postponed postponed, bool was_sent) {
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
            postponed.in_doubt,
            postponed.outdated,
            postponed.lost,
            postponed.grows,
            was_sent
        );
        work.commit();
        return !given_back.empty();
    });
}

asio::awaitable<std::string> JobStore::now() {
    co_return co_await pool_->run("asking for the time", [](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        return std::string(transaction.exec("select clock_timestamp()::text")[0][0].c_str());
    });
}

asio::awaitable<std::optional<MirroredUser>>
JobStore::user_of_name(std::string customer_id, std::string user_principal_name) {
    co_return co_await pool_->run("looking for a user", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        std::optional<MirroredUser> user;
        for (const auto& row : exec_bound(transaction, user_sql, customer_id, user_principal_name))
            user = {row[0].c_str(), row[1].as<bool>()};
        return user;
    });
}

asio::awaitable<std::optional<std::string>>
JobStore::mirrored_row(const Table& table, std::vector<std::string> key) {
    co_return co_await pool_->run("comparing an answer", [&](pqxx::connection& connection) {
        pqxx::nontransaction transaction(connection);
        std::optional<std::string> json;
        for (const auto& row : exec_kept(transaction, sql::read_row(table), text_array(key)))
            json = row[0].c_str();
        return json;
    });
}

asio::awaitable<std::int64_t>
prune_jobs(DatabasePool& pool, std::chrono::seconds keep, int at_most) {
    co_return co_await pool.run("pruning jobs", [&](pqxx::connection& connection) {
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

} // namespace pcmirror
