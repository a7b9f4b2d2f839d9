#include "sync/db/run_store.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "schema/sql_text.hpp"
#include "sync/db/leases.hpp"

namespace pcmirror {
namespace {

// A process that is frozen in a transaction holds its run; others don't wait for it.
constexpr const char* close_dead_runs_sql = R"(
update pcmirror.sync_runs
set outcome = 'interrupted', finished_at = now(), error = 'the process ended in the middle'
where run_id in (select r.run_id from pcmirror.sync_runs r
                 where r.resource = $1 and r.outcome = 'running'
                     and (r.daemon_id = $2 or not {alive})
                 for update skip locked))";

constexpr const char* start_run_sql = R"(
insert into pcmirror.sync_runs (resource, daemon_id) values ($1, $2) returning run_id)";

// Others take a run for interrupted whose process is without a session for a moment.
constexpr const char* finish_run_sql = R"(
update pcmirror.sync_runs
set outcome = $2, requests = $3::bigint, error = nullif($4, ''), finished_at = now(),
    scopes_refused = scopes_refused + $5::integer, scopes_failed = scopes_failed + $6::integer
where run_id = $1 and outcome in ('running', 'interrupted'))";

constexpr const char* figures_sql = R"(
select rows_seen, inserted, updated, deleted, held, rejected
from pcmirror.sync_runs where run_id = $1)";

} // namespace

asio::awaitable<std::int64_t> RunStore::start(const Resource& resource, std::int64_t daemon_id) {
    co_return co_await pool_->run("starting a run", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        hold_schema(transaction);
        const std::string name(resource.name);
        exec_bound(
            transaction,
            sql::filled(close_dead_runs_sql, "{alive}", leases::alive("r.daemon_id")),
            name,
            daemon_id
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
        exec_bound(
            transaction,
            finish_run_sql,
            run_id,
            end.outcome,
            end.requests,
            end.error,
            end.refused,
            end.failed
        );
        // After it, so that it sees what the update may have waited for.
        const pqxx::result row = exec_bound(transaction, figures_sql, run_id);
        const auto figure = [&](int column) { return row[0][column].as<std::uint64_t>(); };
        RowFigures figures;
        if (!row.empty())
            figures = {
                .seen = figure(0),
                .inserted = figure(1),
                .updated = figure(2),
                .deleted = figure(3),
                .held = figure(4),
                .rejected = figure(5),
            };
        transaction.commit();
        return figures;
    });
}

} // namespace pcmirror
