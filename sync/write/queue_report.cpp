#include "sync/write/queue_report.hpp"

#include "migrations/libpqxx.hpp"

namespace pcmirror {
namespace {

// Each part has an index that serves it: jobs_to_do, jobs_one_sent_per_lane.
constexpr const char* waiting_sql = R"(
select count(*) filter (where w.kind = 'due'), count(*) filter (where w.kind = 'later'),
    count(*) filter (where w.kind = 'retrying'), count(*) filter (where w.kind = 'held'),
    count(*) filter (where w.kind = 'running'),
    extract(epoch from now() - min(w.since) filter (where w.kind in ('due', 'retrying')))
        ::double precision,
    extract(epoch from now() - min(w.since) filter (where w.kind = 'due'))::double precision,
    extract(epoch from now() - min(w.since) filter (where w.kind = 'retrying'))::double precision,
    extract(epoch from now() - min(w.since) filter (where w.kind = 'held'))::double precision,
    extract(epoch from now() - min(w.since) filter (where w.kind = 'running'))::double precision
from (select case when j.held_at is not null then 'held' when j.attempts > 0 then 'retrying'
                  when j.run_after > now() then 'later' else 'due' end as kind,
          case when j.attempts > 0 then j.created_at
               else greatest(j.created_at, j.run_after) end as since
      from pcmirror.write_jobs j where j.state = 'queued'
      union all
      select 'running', j.created_at from pcmirror.write_jobs j where j.state = 'running') w)";

constexpr const char* put_off_sql = R"(
select j.job_id, j.last_error from pcmirror.write_jobs j
where j.state = 'queued' and j.held_at is null and j.last_error is not null
order by j.job_id limit 1)";

// jobs_finished
constexpr const char* ended_sql = R"(
select count(*) filter (where j.state = 'succeeded'),
    count(*) filter (where j.state = 'succeeded' and not j.confirmed),
    count(*) filter (where j.state = 'failed'), count(*) filter (where j.state = 'cancelled'),
    count(*) filter (where j.secret_waits)
from pcmirror.write_jobs j
where j.finished_at > now() - make_interval(secs => $1::double precision))";

constexpr const char* pauses_sql = R"(
select coalesce(p.customer_id::text, ''),
    to_char(p.paused_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), p.paused_by
from pcmirror.job_pauses p order by p.customer_id nulls first)";

std::optional<double> seconds_of(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(field.as<double>());
}

QueueReport read(pqxx::connection& connection, double lately) {
    pqxx::read_transaction transaction(connection);
    QueueReport report;
    const pqxx::row waiting = transaction.exec(waiting_sql)[0];
    report.due = waiting[0].as<std::uint64_t>();
    report.later = waiting[1].as<std::uint64_t>();
    report.retrying = waiting[2].as<std::uint64_t>();
    report.held = waiting[3].as<std::uint64_t>();
    report.running = waiting[4].as<std::uint64_t>();
    report.oldest_waiting_seconds = seconds_of(waiting[5]);
    report.due_seconds = seconds_of(waiting[6]);
    report.retrying_seconds = seconds_of(waiting[7]);
    report.held_seconds = seconds_of(waiting[8]);
    report.running_seconds = seconds_of(waiting[9]);
    for (const auto& row : transaction.exec(put_off_sql))
        report.put_off = {row[0].as<std::int64_t>(), row[1].c_str()};
    const pqxx::row ended = exec_bound(transaction, ended_sql, lately)[0];
    report.succeeded = ended[0].as<std::uint64_t>();
    report.unconfirmed = ended[1].as<std::uint64_t>();
    report.failed = ended[2].as<std::uint64_t>();
    report.cancelled = ended[3].as<std::uint64_t>();
    report.secrets_waiting = ended[4].as<std::uint64_t>();
    for (const auto& row : transaction.exec(pauses_sql))
        report.pauses.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str()});
    return report;
}

} // namespace

QueueReport read_queue(DatabasePool& pool, double lately) {
    return pool.run_now("reading the queue", [lately](pqxx::connection& connection) {
        return read(connection, lately);
    });
}

asio::awaitable<QueueReport> read_queue_beside(DatabasePool& pool, double lately) {
    co_return co_await pool.run("reading the queue", [lately](pqxx::connection& connection) {
        return read(connection, lately);
    });
}

} // namespace pcmirror
