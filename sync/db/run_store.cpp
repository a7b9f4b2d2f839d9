#include "sync/db/run_store.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "sync/db/leases.hpp"

namespace pcmirror {
namespace {

constexpr const char* close_dead_runs_sql = R"(
update pcmirror.sync_runs r
set outcome = 'interrupted', finished_at = now(), error = 'the process ended in the middle'
where r.resource = $1 and r.outcome = 'running' and not )";

constexpr const char* start_run_sql = R"(
insert into pcmirror.sync_runs (resource, daemon_id) values ($1, $2) returning run_id)";

constexpr const char* finish_run_sql = R"(
update pcmirror.sync_runs
set outcome = case when outcome = 'running' then $2 else outcome end, requests = $3::bigint,
    error = coalesce(error, nullif($4, '')), finished_at = coalesce(finished_at, now()),
    scopes_refused = scopes_refused + case when outcome = 'running' then $5::integer else 0 end,
    scopes_failed = scopes_failed + case when outcome = 'running' then $6::integer else 0 end
where run_id = $1
returning rows_seen, inserted, updated, deleted)";

} // namespace

asio::awaitable<std::int64_t> RunStore::start(const Resource& resource, std::int64_t daemon_id) {
    co_return co_await pool_->run("starting a run", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        hold_schema(transaction);
        const std::string name(resource.name);
        exec_bound(transaction, close_dead_runs_sql + leases::alive("r.daemon_id"), name);
        const pqxx::result row = exec_bound(transaction, start_run_sql, name, daemon_id);
        const auto run_id = row[0][0].as<std::int64_t>();
        transaction.commit();
        return run_id;
    });
}

asio::awaitable<RunTotals> RunStore::finish(std::int64_t run_id, RunEnd end) {
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
        RunTotals totals;
        if (!row.empty())
            totals = {
                row[0][0].as<std::uint64_t>(),
                row[0][1].as<std::uint64_t>(),
                row[0][2].as<std::uint64_t>(),
                row[0][3].as<std::uint64_t>()};
        transaction.commit();
        return totals;
    });
}

} // namespace pcmirror
