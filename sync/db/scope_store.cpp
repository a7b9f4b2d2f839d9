#include "sync/db/scope_store.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "schema/sql.hpp"
#include "schema/sql_text.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/excluded.hpp"
#include "sync/db/leases.hpp"
#include "sync/db/scope_end.hpp"
#include "sync/db/scope_pages.hpp"
#include "sync/db/scope_pause.hpp"

#include <algorithm>
#include <map>

namespace pcmirror {
namespace {

constexpr const char* make_partner_scope_sql = R"(
insert into pcmirror.sync_scopes (resource) values ($1)
on conflict (resource, customer_id) do nothing)";

// Locked, so that no customer leaves in this very moment and its new scope stays behind.
constexpr const char* make_customer_scopes_sql = R"(
insert into pcmirror.sync_scopes (resource, customer_id)
select $1, c.customer_id from partner_center.customers c
where not exists (select from pcmirror.sync_scopes s
                  where s.resource = $1 and s.customer_id = c.customer_id)
for key share of c
on conflict (resource, customer_id) do nothing)";

constexpr const char* forget_scopes_sql = R"(
delete from pcmirror.sync_scopes s
where s.resource = $1 and s.customer_id is not null
    and not exists (select from partner_center.customers c where c.customer_id = s.customer_id))";

// A scope that comes back compares all rows: what happened meanwhile is unknown.
constexpr const char* move_excluded_sql = R"(
update pcmirror.sync_scopes s
set state = case when x.excluded then 'excluded' else 'ok' end, digest = null
from (select c.customer_id, {excluded} as excluded from partner_center.customers c) x
where s.resource = $1 and s.customer_id = x.customer_id
    and x.excluded is distinct from (s.state = 'excluded'))";

constexpr const char* claim_sql = R"(
update pcmirror.sync_scopes s
set lease_daemon = $1::bigint, lease_token = nextval('pcmirror.lease_tokens')
from (select scope_id from pcmirror.sync_scopes f
      where f.scope_id = any ($2::bigint[]) and (f.lease_daemon is null or f.lease_daemon = $1::bigint or not {alive})
          and (not {asked} or f.last_attempt_at < $3::timestamptz or {rested})
          and not exists (select from pcmirror.throttled_customers t
                          where t.customer_id = f.customer_id and t.blocked_until > now())
      for update skip locked) free
where s.scope_id = free.scope_id
returning s.scope_id, s.lease_token, coalesce(s.customer_id::text, ''),
    clock_timestamp()::text, coalesce(encode(s.digest, 'hex'), ''), coalesce(s.fingerprint, 0),
    s.held_rows > 0)";

// After the claim, which holds the row: one statement would pair a new digest with old pages.
constexpr const char* pages_sql =
    "select scope_id, pages from pcmirror.scope_pages where scope_id = any ($1::bigint[])";

constexpr const char* settled_since_sql = R"(
select w.scope_id, coalesce(s.customer_id::text, ''), coalesce(s.state, ''),
    coalesce(s.last_error, '')
from unnest($1::bigint[]) as w (scope_id)
left join pcmirror.sync_scopes s using (scope_id)
where s.scope_id is null or s.state = 'excluded'
    or (s.last_attempt_at >= $2::timestamptz and {asked}))";

constexpr const char* throttled_sql = R"(
select s.scope_id, s.customer_id::text, t.blocked_until::text
from pcmirror.sync_scopes s join pcmirror.throttled_customers t using (customer_id)
where s.scope_id = any ($1::bigint[]) and t.blocked_until > now() + interval '1 minute')";

constexpr const char* release_sql = R"(
update pcmirror.sync_scopes set lease_daemon = null
where lease_daemon = $1::bigint and resource = $2)";

constexpr const char* fail_sql = R"(
update pcmirror.sync_scopes
set state = $3, last_attempt_at = $4::timestamptz, last_error = $5,
    consecutive_failures = consecutive_failures + 1,
    completed_token = lease_token, lease_daemon = null
where scope_id = $1::bigint and lease_token = $2::bigint and lease_daemon is not null)";

constexpr const char* touch_sql = R"(
update pcmirror.sync_scopes s
set state = 'ok', last_attempt_at = v.asked_at, last_success_at = v.asked_at, last_error = null,
    consecutive_failures = 0, completed_token = lease_token, lease_daemon = null
from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[])
    as v (scope_id, token, asked_at, digest)
where s.scope_id = v.scope_id and s.lease_token = v.token and s.lease_daemon is not null
    and s.digest = decode(v.digest, 'hex')
returning s.scope_id)";

constexpr const char* finish_sql = R"(
update pcmirror.sync_scopes s
set state = v.state, last_attempt_at = v.asked_at,
    last_success_at = case when v.state = 'ok' then v.asked_at else s.last_success_at end,
    last_error = nullif(v.message, ''), held_rows = v.held, fingerprint = v.fingerprint,
    consecutive_failures = case when v.state = 'failing' then s.consecutive_failures + 1 else 0 end,
    completed_token = s.lease_token, lease_daemon = null
from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::bigint[],
    $7::bigint[]) as v (scope_id, token, asked_at, state, message, held, fingerprint)
where s.scope_id = v.scope_id and s.lease_token = v.token and s.lease_daemon is not null
returning s.scope_id)";

constexpr const char* finished_sql = R"(
select s.scope_id from pcmirror.sync_scopes s
join unnest($1::bigint[], $2::bigint[]) as v (scope_id, token)
    on s.scope_id = v.scope_id and s.completed_token = v.token)";

std::string text_of(const pqxx::field& field) {
    return field.c_str();
}

std::string claiming() {
    std::string sql = sql::filled(claim_sql, "{alive}", leases::alive("f.lease_daemon"));
    sql = sql::filled(std::move(sql), "{asked}", was_asked("f"));
    return sql::filled(std::move(sql), "{rested}", rest_is_over("f"));
}

/// How another process left a scope; what went well is its to count.
ScopeEnd ended_elsewhere(const std::string& state) {
    if (state == "failing")
        return ScopeEnd::failing;
    if (state == "refused")
        return ScopeEnd::refused;
    return state == "held" ? ScopeEnd::held : ScopeEnd::fenced;
}

/// Ended scopes, a column each.
struct EndedArrays {
    ArrayLiteral ids;
    ArrayLiteral tokens;
    ArrayLiteral times;
    ArrayLiteral states;
    ArrayLiteral messages;
    ArrayLiteral held;
    ArrayLiteral fingerprints;

    explicit EndedArrays(const std::vector<EndedScope>& ended) {
        for (const EndedScope& scope : ended) {
            ids.add_number(scope.lease.scope_id);
            tokens.add_number(scope.lease.token);
            times.add(scope.lease.asked_at);
            states.add(state_of(scope.report.end));
            messages.add(scope.report.message);
            held.add_number(static_cast<long long>(scope.held_rows));
            fingerprints.add_number(static_cast<std::int64_t>(scope.fingerprint));
        }
    }
};

} // namespace

asio::awaitable<void> ScopeStore::prepare(const Resource& resource, const CustomerFilter& filter) {
    co_await pool_->run("preparing scopes", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        hold_schema(transaction);
        const std::string name(resource.name);
        if (resource.parent == nullptr) {
            exec_bound(transaction, make_partner_scope_sql, name);
        } else {
            exec_bound(transaction, forget_scopes_sql, name);
            exec_bound(transaction, make_customer_scopes_sql, name);
            exec_bound(
                transaction,
                sql::filled(move_excluded_sql, "{excluded}", excluded_condition("c", "$2", "$3")),
                name,
                like_patterns(filter.include),
                like_patterns(filter.exclude)
            );
        }
        transaction.commit();
    });
}

asio::awaitable<std::vector<Lease>> ScopeStore::claim(
    std::int64_t daemon_id, std::vector<std::int64_t> scope_ids, std::string not_since
) {
    co_return co_await pool_->run("claiming scopes", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        hold_schema(transaction);
        leases::require_alive(transaction, daemon_id, "claiming scopes");
        std::vector<Lease> claimed;
        for (const auto& row :
             exec_bound(transaction, claiming(), daemon_id, number_array(scope_ids), not_since)) {
            Lease lease;
            lease.scope_id = row[0].as<std::int64_t>();
            lease.token = row[1].as<std::int64_t>();
            lease.customer_id = text_of(row[2]);
            lease.asked_at = text_of(row[3]);
            lease.digest = text_of(row[4]);
            lease.fingerprint = static_cast<std::uint64_t>(row[5].as<std::int64_t>());
            lease.held = row[6].as<bool>();
            claimed.push_back(std::move(lease));
        }
        for (const auto& row : exec_bound(transaction, pages_sql, number_array(scope_ids)))
            for (Lease& lease : claimed)
                if (lease.scope_id == row[0].as<std::int64_t>())
                    lease.pages = pqxx::binarystring(row[1]).str();
        transaction.commit();
        return claimed;
    });
}

asio::awaitable<std::vector<ScopeReport>>
ScopeStore::settled_since(std::vector<std::int64_t> scope_ids, std::string since) {
    co_return co_await pool_->run("looking at scopes", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        std::vector<ScopeReport> settled;
        for (const auto& row : exec_bound(
                 transaction,
                 sql::filled(settled_since_sql, "{asked}", was_asked("s")),
                 number_array(scope_ids),
                 since
             )) {
            ScopeReport& report = settled.emplace_back();
            report.scope_id = row[0].as<std::int64_t>();
            report.customer_id = text_of(row[1]);
            report.end = ended_elsewhere(text_of(row[2]));
            report.message = text_of(row[3]);
        }
        return settled;
    });
}

asio::awaitable<std::vector<ScopeReport>> ScopeStore::throttled(std::vector<std::int64_t> scope_ids
) {
    co_return co_await pool_->run("looking for throttles", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        std::vector<ScopeReport> throttled;
        for (const auto& row : exec_bound(transaction, throttled_sql, number_array(scope_ids))) {
            ScopeReport& report = throttled.emplace_back();
            report.scope_id = row[0].as<std::int64_t>();
            report.customer_id = text_of(row[1]);
            report.end = ScopeEnd::failing;
            report.message = "the API throttles this customer until " + text_of(row[2]) +
                             "; the next pass asks again";
        }
        return throttled;
    });
}

asio::awaitable<void> ScopeStore::release(std::int64_t daemon_id, const Resource& resource) {
    co_await pool_->run("releasing scopes", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        exec_bound(transaction, release_sql, daemon_id, std::string(resource.name));
        transaction.commit();
    });
}

asio::awaitable<void>
ScopeStore::fail(std::int64_t run_id, Lease lease, ScopeEnd end, std::string message) {
    co_await pool_->run("recording a failure", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        hold_schema(transaction);
        const pqxx::result done = exec_bound(
            transaction,
            fail_sql,
            lease.scope_id,
            lease.token,
            std::string(state_of(end)),
            lease.asked_at,
            message
        );
        if (done.affected_rows() > 0)
            count_in_run(transaction, {.run_id = run_id}, {}, {{end, 1}});
        transaction.commit();
    });
}

asio::awaitable<std::vector<std::int64_t>>
ScopeStore::finish(RunSoFar run, std::vector<EndedScope> ended) {
    co_return co_await pool_->run("recording ended scopes", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        hold_schema(transaction);
        const EndedArrays arrays(ended);
        std::map<std::int64_t, const ScopeReport*> reports;
        for (const EndedScope& scope : ended)
            reports[scope.lease.scope_id] = &scope.report;
        EndCounts counts;
        RowFigures rows;
        for (const auto& row : exec_bound(
                 transaction,
                 finish_sql,
                 arrays.ids.text(),
                 arrays.tokens.text(),
                 arrays.times.text(),
                 arrays.states.text(),
                 arrays.messages.text(),
                 arrays.held.text(),
                 arrays.fingerprints.text()
             )) {
            const ScopeReport& report = *reports.at(row[0].as<std::int64_t>());
            ++counts[report.end];
            rows += report.rows;
        }
        count_in_run(transaction, run, rows, std::move(counts));
        std::vector<std::int64_t> finished;
        for (const auto& row :
             exec_bound(transaction, finished_sql, arrays.ids.text(), arrays.tokens.text()))
            finished.push_back(row[0].as<std::int64_t>());
        transaction.commit();
        return finished;
    });
}

asio::awaitable<std::vector<std::int64_t>>
ScopeStore::touch(RunSoFar run, const std::vector<const ScopeReading*>& readings) {
    co_return co_await pool_->run("recording unchanged scopes", [&](pqxx::connection& connection) {
        pqxx::work transaction(connection);
        hold_schema(transaction);
        ArrayLiteral ids;
        ArrayLiteral tokens;
        ArrayLiteral times;
        ArrayLiteral digests;
        for (const ScopeReading* reading : readings) {
            ids.add_number(reading->lease.scope_id);
            tokens.add_number(reading->lease.token);
            times.add(reading->lease.asked_at);
            digests.add(reading->lease.digest);
        }
        std::vector<std::int64_t> touched;
        for (const auto& row : exec_bound(
                 transaction, touch_sql, ids.text(), tokens.text(), times.text(), digests.text()
             ))
            touched.push_back(row[0].as<std::int64_t>());
        RowFigures rows;
        std::vector<const ScopeReading*> unknown;
        for (const ScopeReading* reading : readings) {
            if (std::ranges::count(touched, reading->lease.scope_id) == 0)
                continue;
            rows.seen += reading->records;
            // Others stay as they are: what is spelt anew each time would be written each time.
            if (!PageDigests::are_of_this_build(reading->lease.pages))
                unknown.push_back(reading);
        }
        store_pages(transaction, unknown);
        count_in_run(
            transaction, run, rows, {{ScopeEnd::unchanged, static_cast<int>(touched.size())}}
        );
        transaction.commit();
        return touched;
    });
}

asio::awaitable<std::uint64_t> ScopeStore::rows_in_mirror(const Resource& resource) {
    co_return co_await pool_->run("counting rows", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const pqxx::result row =
            transaction.exec("select count(*) from " + sql::mirror_table(resource.table()));
        return row[0][0].as<std::uint64_t>();
    });
}

asio::awaitable<std::string> ScopeStore::now() {
    co_return co_await pool_->run("reading the clock", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        return text_of(transaction.exec("select clock_timestamp()::text")[0][0]);
    });
}

} // namespace pcmirror
