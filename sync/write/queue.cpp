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

constexpr const char* problems_sql = "select unnest(pcmirror.payload_problems($1, $2::jsonb))";

constexpr const char* states_sql = R"(
select j.state, count(*) from pcmirror.write_jobs j
where j.job_id = any ($1::bigint[]) group by j.state)";

constexpr const char* those_in_sql = R"(
select j.job_id from pcmirror.write_jobs j
where j.state = $1 and j.job_id = any ($2::bigint[]) order by j.job_id)";

const std::string columns = R"(
select j.job_id, j.operation, coalesce(j.customer_id::text, ''), j.state, j.attempts,
    j.run_after::text, j.created_at::text, coalesce(j.finished_at::text, ''),
    coalesce(j.blocked_by::text, ''), coalesce(j.last_error, ''),
    (to_jsonb(j) || jsonb_build_object('tries', (
        select coalesce(jsonb_agg(to_jsonb(a) - 'job_id' order by a.attempt), '[]')
        from pcmirror.write_job_attempts a where a.job_id = j.job_id)))::text,
    j.held_at is not null, exists (
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
    job.json = row[10].c_str();
    job.held = row[11].as<bool>();
    job.paused = row[12].as<bool>();
    return job;
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

std::int64_t Queue::add(const NewJob& job) {
    return call(
               "queueing a job",
               add_sql,
               job.operation,
               job.customer_id,
               job.payload,
               job.idempotency_key,
               job.run_after,
               job.priority
    )[0][0]
        .as<std::int64_t>();
}

std::vector<std::string> Queue::problems(const std::string& operation, const std::string& payload) {
    std::vector<std::string> problems;
    for (const auto& row : call("checking a payload", problems_sql, operation, payload))
        problems.emplace_back(row[0].c_str());
    return problems;
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

std::vector<std::int64_t>
Queue::those_in(const std::string& state, const std::vector<std::int64_t>& job_ids) {
    std::vector<std::int64_t> jobs;
    for (const auto& row : call("naming jobs", those_in_sql, state, number_array(job_ids)))
        jobs.push_back(row[0].as<std::int64_t>());
    return jobs;
}

std::string Queue::cancel(std::int64_t job_id) {
    return call("cancelling a job", "select pcmirror.cancel_job($1::bigint)", job_id)[0][0].c_str();
}

void Queue::retry(std::int64_t job_id) {
    call("trying a job again", "select pcmirror.retry_job($1::bigint)", job_id);
}

std::string Queue::secret(std::int64_t job_id) {
    return call("reading a secret", "select pcmirror.job_secret($1::bigint)", job_id)[0][0].c_str();
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
