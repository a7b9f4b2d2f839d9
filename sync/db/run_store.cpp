#include "sync/db/run_store.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "sync/db/excluded.hpp"
#include "sync/db/leases.hpp"

namespace pcmirror {
namespace {

// A process that is frozen in a transaction holds its run; others don't wait for it.
constexpr const char* close_dead_runs_sql = R"(
update pcmirror.sync_runs
set outcome = 'interrupted', finished_at = now(), error = 'the process ended in the middle'
where run_id in (select r.run_id from pcmirror.sync_runs r
                 where r.resource = $1 and r.outcome = 'running' and not {alive}
                 for update skip locked))";

constexpr const char* start_run_sql = R"(
insert into pcmirror.sync_runs (resource, daemon_id) values ($1, $2) returning run_id)";

// Others take a run for interrupted whose process is without a session for a moment.
constexpr const char* finish_run_sql = R"(
with finished as (
    update pcmirror.sync_runs
    set outcome = $2, requests = $3::bigint, error = nullif($4, ''), finished_at = now(),
        scopes_refused = scopes_refused + $5::integer, scopes_failed = scopes_failed + $6::integer
    where run_id = $1 and outcome in ('running', 'interrupted')
)
select rows_seen, inserted, updated, deleted, held, rejected
from pcmirror.sync_runs where run_id = $1)";

} // namespace

asio::awaitable<std::int64_t> RunStore::start(const Resource& resource, std::int64_t daemon_id) {
    co_return co_await pool_->run("starting a run", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        hold_schema(transaction);
        const std::string name(resource.name);
        exec_bound(
            transaction, filled(close_dead_runs_sql, "{alive}", leases::alive("r.daemon_id")), name
        );
        const pqxx::result row = exec_bound(transaction, start_run_sql, name, daemon_id);
        const auto run_id = row[0][0].as<std::int64_t>();
        transaction.commit();
        return run_id;
    });
}

asio::awaitable<RowFigures> RunStore::finish(std::int64_t run_id, RunEnd end) {
    co_return co_await pool_->run("finishing a run", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        const pqxx::result row = exec_bound(
            transaction,
            finish_run_sql,
            run_id,
            end.outcome,
            end.requests,
            end.error,
            end.refused,
            end.failed
        );
        const auto figure = [&](int column) { return row[0][column].as<std::uint64_t>(); };
        RowFigures figures;
        if (!row.empty())
            figures = {figure(0), figure(1), figure(2), figure(3), figure(4), figure(5)};
        transaction.commit();
        return figures;
    });
}

} // namespace pcmirror
