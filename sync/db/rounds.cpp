#include "sync/db/rounds.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

using InSeconds = std::chrono::duration<double>;

// The row's lock makes one round of what several daemons begin at the same moment. A clock that was
// set back leaves none that never ends.
constexpr const char* begin_sql = R"(
insert into pcmirror.rounds as r (resource, started_at, due_at)
values ($1, clock_timestamp(), clock_timestamp() - make_interval(secs => $3::float8))
on conflict (resource) do update set started_at = excluded.started_at, due_at = excluded.due_at
where r.due_at <= clock_timestamp() - make_interval(secs => $2::float8)
    or r.started_at > clock_timestamp())";

constexpr const char* read_sql = R"(
select started_at::text, extract(epoch from clock_timestamp() - started_at)::float8
from pcmirror.rounds where resource = $1)";

} // namespace

asio::awaitable<Round> enter_round(
    DatabasePool& pool,
    const Resource& resource,
    std::chrono::milliseconds lasts,
    std::chrono::milliseconds late_by
) {
    co_return co_await pool.run("entering a round", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        hold_schema(transaction);
        const std::string name(resource.name);
        exec_bound(
            transaction, begin_sql, name, InSeconds(lasts).count(), InSeconds(late_by).count()
        );
        const pqxx::result row = exec_bound(transaction, read_sql, name);
        Round round;
        round.started_at = row[0][0].c_str();
        const InSeconds age(std::max(row[0][1].as<double>(), 0.0));
        round.age = std::chrono::duration_cast<std::chrono::milliseconds>(age);
        transaction.commit();
        return round;
    });
}

} // namespace pcmirror
