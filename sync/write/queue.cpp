#include "sync/write/queue.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "sync/db/arrays.hpp"
#include "sync/write/queue_refusal.hpp"

namespace pcmirror {
namespace {

constexpr const char* add_sql = R"(
select pcmirror.enqueue_job($1, nullif($2, '')::uuid, $3::jsonb, nullif($4, ''),
    coalesce(nullif($5, '')::timestamptz, now()), $6::integer))";

// Whose transaction has just made it.
constexpr const char* is_new_sql =
    "select j.created_at = now() from pcmirror.write_jobs j where j.job_id = $1::bigint";

constexpr const char* refusal_sql = R"(
select r.problem, coalesce(r.hint, '') from pcmirror.job_refusals(
    array[$1], array[nullif($2, '')::uuid], array[$3::jsonb], array[nullif($4, '')],
    array[coalesce(nullif($5, '')::timestamptz, now())], array[$6::integer]) r)";

constexpr const char* states_sql = R"(
select j.state, count(*) from pcmirror.write_jobs j
where j.job_id = any ($1::bigint[]) group by j.state)";

constexpr const char* fates_sql = R"(
select j.job_id, j.state, coalesce(j.last_error, ''), j.secret_waits from pcmirror.write_jobs j
where j.job_id = any ($1::bigint[]))";

const std::string columns = R"(
select j.job_id, j.operation, coalesce(j.customer_id::text, ''), j.state, j.attempts,
    j.run_after::text, j.created_at::text, coalesce(j.finished_at::text, ''),
    coalesce(j.blocked_by::text, ''), coalesce(j.last_error, ''),
    j.state = 'queued' and j.attempts = 0 and j.run_after > now(),
    j.held_at is not null and j.finished_at is null, j.secret_waits,
    (to_jsonb(j) || jsonb_build_object('tries', (
        select coalesce(jsonb_agg(to_jsonb(a) - 'job_id' order by a.attempt), '[]')
        from pcmirror.write_job_attempts a where a.job_id = j.job_id)))::text,
    exists (
        select from pcmirror.job_pauses p where p.customer_id is null or p.customer_id = j.customer_id)
from pcmirror.write_jobs j )";

ShownJob read_job(const pqxx::row& row) {
    ShownJob job;
    job.job_id = row[0].as<std::int64_t>();
    job.operation = row[1].c_str();
    job.customer_id = row[2].c_str();
    job.state = row[3].c_str();
    job.attempts = row[4].as<int>();
    job.run_after = row[5].c_str();
    job.created_at = row[6].c_str();
    job.finished_at = row[7].c_str();
    job.blocked_by = row[8].c_str();
    job.last_error = row[9].c_str();
    job.later = row[10].as<bool>();
    job.held = row[11].as<bool>();
    job.secret_waits = row[12].as<bool>();
    job.json = row[13].c_str();
    job.paused = row[14].as<bool>();
    return job;
}

/// What a statement says of a job that is to be queued.
pqxx::result about(pqxx::transaction_base& transaction, const char* sql, const NewJob& job) {
    return exec_bound(
        transaction,
        sql,
        job.operation,
        job.customer_id,
        job.payload,
        job.idempotency_key,
        job.run_after,
        job.priority
    );
}

} // namespace

template <typename... Values>
pqxx::result Queue::call(const char* doing, const std::string& sql, const Values&... values) {
    return in_words(*pool_, doing, [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        pqxx::result rows = exec_bound(work, sql, values...);
        work.commit();
        return rows;
    });
}

AddedJob Queue::add(const NewJob& job) {
    return in_words(*pool_, "queueing a job", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        AddedJob added;
        added.job_id = about(work, add_sql, job)[0][0].as<std::int64_t>();
        added.is_new = exec_bound(work, is_new_sql, added.job_id)[0][0].as<bool>();
        work.commit();
        return added;
    });
}

void Queue::check(const NewJob& job) {
    const pqxx::result refusals =
        in_words(*pool_, "checking a job", [&](pqxx::connection& connection) {
            pqxx::read_transaction transaction(connection);
            return about(transaction, refusal_sql, job);
        });
    if (!refusals.empty())
        throw Error(Recovery::fix_config, refusals[0][0].c_str(), refusals[0][1].c_str());
}

std::vector<ShownJob>
Queue::list(const std::string& state, const std::string& customer_id, int at_most) {
    std::vector<ShownJob> jobs;
    for (const auto& row : call(
             "listing jobs",
             columns + "where ($1 = '' or j.state = $1) and ($2 = '' or j.customer_id::text = $2) "
                       "order by j.job_id desc limit $3::integer",
             state,
             customer_id,
             at_most
         ))
        jobs.push_back(read_job(row));
    return jobs;
}

std::optional<ShownJob> Queue::show(std::int64_t job_id) {
    const pqxx::result rows =
        call("reading a job", columns + "where j.job_id = $1::bigint", job_id);
    return rows.empty() ? std::nullopt : std::optional(read_job(rows[0]));
}

std::map<std::string, std::uint64_t> Queue::states_of(const std::vector<std::int64_t>& job_ids) {
    std::map<std::string, std::uint64_t> states;
    for (const auto& row : call("counting jobs", states_sql, number_array(job_ids)))
        states[row[0].c_str()] = row[1].as<std::uint64_t>();
    return states;
}

std::map<std::int64_t, JobFate> Queue::fates_of(const std::vector<std::int64_t>& job_ids) {
    std::map<std::int64_t, JobFate> fates;
    for (const auto& row : call("reading how jobs ended", fates_sql, number_array(job_ids)))
        fates[row[0].as<std::int64_t>()] = {row[1].c_str(), row[2].c_str(), row[3].as<bool>()};
    return fates;
}

std::string Queue::cancel(std::int64_t job_id) {
    return call("cancelling a job", "select pcmirror.cancel_job($1::bigint)", job_id)[0][0].c_str();
}

void Queue::retry(std::int64_t job_id) {
    call("trying a job again", "select pcmirror.retry_job($1::bigint)", job_id);
}

bool Queue::secret(std::int64_t job_id, const std::function<bool(const std::string&)>& take) {
    return in_words(*pool_, "reading a secret", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        const pqxx::result found =
            exec_bound(work, "select pcmirror.job_secret($1::bigint)", job_id);
        if (!take(found[0][0].c_str()))
            return false;
        work.commit();
        return true;
    });
}

void Queue::pause(const std::string& customer_id) {
    call("pausing jobs", "select pcmirror.pause_jobs(nullif($1, '')::uuid)", customer_id);
}

bool Queue::resume(const std::string& customer_id) {
    return call(
               "resuming jobs", "select pcmirror.resume_jobs(nullif($1, '')::uuid)", customer_id
    )[0][0]
        .as<bool>();
}

std::int64_t Queue::release(const std::string& customer_id) {
    return call(
               "releasing jobs", "select pcmirror.release_jobs(nullif($1, '')::uuid)", customer_id
    )[0][0]
        .as<std::int64_t>();
}

} // namespace pcmirror
