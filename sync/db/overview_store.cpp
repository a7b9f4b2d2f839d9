#include "sync/db/overview_store.hpp"

#include "migrations/libpqxx.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

// Those of one state never crowd out those of another.
constexpr const char* troubled_sql = R"(
with ranked as (
    select s.*, row_number() over (partition by s.state
        order by s.consecutive_failures desc, s.last_attempt_at desc nulls last) as place,
        count(*) over () as all_of_them
    from pcmirror.sync_scopes s where s.state in ('failing', 'refused', 'held')
)
select r.resource, coalesce(r.customer_id::text, ''), coalesce(c.company_name, ''), r.state,
    coalesce(r.last_error, ''), r.consecutive_failures,
    coalesce(extract(epoch from now() - r.last_attempt_at), 0)::double precision, r.all_of_them
from ranked r left join partner_center.customers c using (customer_id)
where r.place <= $1::integer
order by array_position(array['held', 'failing', 'refused'], r.state), r.place)";

constexpr const char* rejected_sql =
    "select resource, count(*) from pcmirror.rejected_records group by resource";

constexpr const char* day_sql = R"(
select r.resource, sum(r.inserted)::bigint, sum(r.updated)::bigint, sum(r.deleted)::bigint,
    count(*), count(*) filter (where r.outcome in ('failed', 'interrupted'))
from pcmirror.sync_runs r where r.started_at > now() - interval '1 day'
group by r.resource)";

// The share of a run's requests that fell into each hour, as if they had come evenly. What runs
// longer than three days is an endless pass, of which the last days are a fair picture.
constexpr const char* requests_sql = R"(
with hours as (
    select n, now() - make_interval(hours => 24 - n) as begins,
        now() - make_interval(hours => 23 - n) as ends
    from generate_series(0, 23) n
), runs as (
    select r.resource, r.requests, r.started_at as begins,
        greatest(coalesce(r.finished_at, now()), r.started_at + interval '1 millisecond') as ends
    from pcmirror.sync_runs r
    where r.started_at > now() - interval '3 days' and r.requests > 0
        and (r.finished_at is null or r.finished_at > now() - interval '1 day')
)
select r.resource, h.n, sum(r.requests
    * extract(epoch from least(h.ends, r.ends) - greatest(h.begins, r.begins))
    / extract(epoch from r.ends - r.begins))::double precision
from hours h join runs r on r.begins < h.ends and r.ends > h.begins
group by r.resource, h.n
union all
select 'jobs', h.n, sum(j.attempts)::double precision
from hours h join pcmirror.jobs j on j.finished_at > h.begins and j.finished_at <= h.ends
where j.finished_at > now() - interval '1 day' and j.attempts > 0
group by h.n)";

constexpr const char* changes_sql = R"(
with latest as (
    select * from pcmirror.change_log order by change_id desc limit 1000
), kinds as (
    select l.run_id, l.job_id, l.resource, l.operation, l.customer_id, count(*) as rows,
        max(l.change_id) as last_id, max(l.changed_at) as last_at
    from latest l group by 1, 2, 3, 4, 5
    order by last_id desc limit $1::integer
)
select k.resource, k.operation, coalesce(c.company_name, ''), coalesce(k.customer_id::text, ''),
    coalesce((select string_agg(distinct o.name, ', ' order by o.name)
              from latest l cross join jsonb_object_keys(l.new) o (name)
              where (l.run_id, l.job_id, l.resource, l.operation, l.customer_id)
                  is not distinct from (k.run_id, k.job_id, k.resource, k.operation, k.customer_id)),
        ''),
    k.rows, coalesce(k.job_id::text, ''), extract(epoch from now() - k.last_at)::double precision
from kinds k left join partner_center.customers c using (customer_id)
order by k.last_id desc)";

constexpr const char* throttled_sql = R"(
select (select count(*) from pcmirror.throttled_customers where blocked_until > now()),
    coalesce((select greatest(extract(epoch from blocked_until - now()), 0)
              from pcmirror.request_budget), 0)::double precision)";

void read_troubled(pqxx::transaction_base& transaction, Overview& overview) {
    for (const auto& row : exec_bound(transaction, troubled_sql, scopes_shown)) {
        overview.troubled.push_back(
            {row[0].c_str(),
             row[1].c_str(),
             row[2].c_str(),
             row[3].c_str(),
             row[4].c_str(),
             row[5].as<int>(),
             row[6].as<double>()}
        );
        overview.troubled_scopes = row[7].as<std::uint64_t>();
    }
}

void read_day(pqxx::transaction_base& transaction, Overview& overview) {
    for (const auto& row : transaction.exec(rejected_sql))
        overview.rejected[row[0].c_str()] = row[1].as<std::uint64_t>();
    for (const auto& row : transaction.exec(day_sql))
        overview.day[row[0].c_str()] = {
            row[1].as<std::uint64_t>(),
            row[2].as<std::uint64_t>(),
            row[3].as<std::uint64_t>(),
            row[4].as<std::uint64_t>(),
            row[5].as<std::uint64_t>()};
    for (const auto& row : transaction.exec(requests_sql))
        overview.requests[row[0].c_str()].at(row[1].as<std::size_t>()) = row[2].as<double>();
}

void read_changes(pqxx::transaction_base& transaction, Overview& overview) {
    for (const auto& row : exec_bound(transaction, changes_sql, changes_shown))
        overview.changes.push_back(
            {row[0].c_str(),
             row[1].c_str(),
             row[2].c_str(),
             row[3].c_str(),
             row[4].c_str(),
             row[5].as<std::uint64_t>(),
             row[6].c_str(),
             row[7].as<double>()}
        );
}

} // namespace

Overview read_overview(DatabasePool& pool) {
    return pool.run_now("reading the overview", [](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        Overview overview;
        read_troubled(transaction, overview);
        read_day(transaction, overview);
        read_changes(transaction, overview);
        const pqxx::result throttled = transaction.exec(throttled_sql);
        overview.customers_throttled = throttled[0][0].as<std::uint64_t>();
        overview.partner_throttled_for = throttled[0][1].as<double>();
        return overview;
    });
}

} // namespace pcmirror
