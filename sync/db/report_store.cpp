#include "sync/db/report_store.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/sql.hpp"
#include "schema/sql_text.hpp"
#include "sync/db/leases.hpp"
#include "sync/db/scope_pause.hpp"

#include <chrono>

namespace pcmirror {
namespace {

constexpr const char* customers_named_sql = R"(
select customer_id::text, coalesce(company_name, ''), coalesce(domain, ''),
    coalesce(relationship_to_partner, '')
from partner_center.customers
where customer_id::text = lower($1) or lower(domain) = lower($1)
order by company_name, customer_id)";

constexpr const char* find_customers_sql = R"(
select customer_id::text, coalesce(company_name, ''), coalesce(domain, ''),
    coalesce(relationship_to_partner, '')
from partner_center.customers
where customer_id::text = lower($1) or lower(domain) = lower($1)
    or starts_with(lower(company_name), lower($1))
order by company_name, customer_id)";

constexpr const char* scopes_state_sql = R"(
select coalesce(sum(s.row_count), 0)::bigint, count(*),
    count(*) filter (where s.state = 'failing'), count(*) filter (where s.state = 'refused'),
    count(*) filter (where s.state = 'held'), count(*) filter (where s.state = 'excluded'),
    to_char(max(s.last_success_at) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    extract(epoch from now() - max(s.last_success_at))::double precision,
    extract(epoch from now() - min(coalesce(s.last_success_at, c.first_seen_at))
        filter (where s.state not in ('refused', 'excluded')))::double precision,
    count(*) filter (where s.state not in ('refused', 'excluded')),
    count(*) filter (where s.state not in ('refused', 'excluded') and s.last_attempt_at is null),
    extract(epoch from now() - min(s.last_attempt_at)
        filter (where s.state not in ('refused', 'excluded')))::double precision,
    coalesce((array_agg(s.last_error order by s.last_attempt_at desc nulls last)
        filter (where s.last_error is not null and s.state <> 'excluded'))[1], '')
from pcmirror.sync_scopes s
left join partner_center.customers c using (customer_id)
where s.resource = $1)";

constexpr const char* has_unasked_sql = R"(
select exists (select from pcmirror.sync_scopes s
               where s.resource = $1 and (not {asked} or {rested})
                   and s.state <> 'excluded'))";

constexpr const char* times_sql = R"(
select (select greatest(extract(epoch from now() - r.due_at), 0)::double precision
        from pcmirror.rounds r where r.resource = $1),
    (select greatest(extract(epoch from min({rest_ends}) - now()), 0)
            ::double precision
     from pcmirror.sync_scopes s where s.resource = $1 and s.state = 'failing'))";

constexpr const char* last_run_sql = R"(
select to_char(started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    extract(epoch from now() - started_at)::double precision
from pcmirror.sync_runs
where resource = $1 and outcome in ('ok', 'partial')
order by started_at desc limit 1)";

constexpr const char* failed_run_sql = R"(
select coalesce(error, '') from pcmirror.sync_runs
where resource = $1 and outcome <> 'running' order by started_at desc limit 1)";

constexpr const char* was_read_sql = R"(
select exists (select from pcmirror.sync_scopes
               where resource = $1 and (customer_id = $2::uuid or customer_id is null)
                   and last_success_at is not null))";

constexpr const char* daemons_sql = R"(
select a.daemon_id, a.kind, a.host, a.pid, a.version,
    to_char(a.started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    extract(epoch from now() - a.heartbeat_at)::double precision
from pcmirror.daemons a where )";

// Each table that a daemon writes to, and the right that it needs there.
constexpr const char* missing_rights_sql = R"(
select n.privilege || ' on ' || n.relation
from (select 'partner_center.' || t as relation, p as privilege
      from unnest($1::text[]) t, unnest(array['select', 'insert', 'update', 'delete']) p
      union all
      select 'pcmirror.' || t, p
      from unnest(array['sync_scopes', 'sync_runs', 'daemons', 'rejected_records',
                        'request_budget', 'throttled_customers', 'touched_rows', 'row_reads',
                        'scope_hashes', 'scope_pages', 'owed_reads', 'rounds']) t,
          unnest(array['select', 'insert', 'update', 'delete']) p
      union all
      select 'pcmirror.change_log', p from unnest(array['select', 'insert']) p) n
where to_regclass(n.relation) is not null
    and not has_table_privilege(to_regclass(n.relation), n.privilege)
    and not (n.relation = 'pcmirror.request_budget' and n.privilege in ('insert', 'delete'))
order by 1)";

std::optional<double> seconds_of(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(field.as<double>());
}

std::optional<std::string> text_of(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional<std::string>(field.c_str());
}

std::vector<MirroredCustomer> customers_of(const pqxx::result& result) {
    std::vector<MirroredCustomer> customers;
    for (const auto& row : result)
        customers.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str()});
    return customers;
}

void read_last_run(
    pqxx::transaction_base& transaction, const std::string& name, ResourceState& state
) {
    const pqxx::result run = exec_bound(transaction, last_run_sql, name);
    if (run.empty())
        return;
    state.last_run_ago = seconds_of(run[0][1]);
    // Nothing to read is read, too: a partner without customers has no scopes below them.
    if (state.last_success_at || state.scopes != state.excluded)
        return;
    state.last_success_at = text_of(run[0][0]);
    state.last_success_ago = state.age = state.asked_ago = state.last_run_ago;
}

ResourceState read_state(pqxx::connection& connection, const Resource& resource) {
    pqxx::read_transaction transaction(connection);
    const std::string name(resource.name);
    const pqxx::result found = exec_bound(transaction, scopes_state_sql, name);
    const pqxx::row row = found[0];
    ResourceState state;
    state.rows = row[0].as<std::uint64_t>();
    state.scopes = row[1].as<std::uint64_t>();
    state.failing = row[2].as<std::uint64_t>();
    state.refused = row[3].as<std::uint64_t>();
    state.held = row[4].as<std::uint64_t>();
    state.excluded = row[5].as<std::uint64_t>();
    state.last_success_at = text_of(row[6]);
    state.last_success_ago = seconds_of(row[7]);
    const bool any_to_read = row[9].as<std::uint64_t>() > 0;
    if (state.last_success_at)
        state.age = any_to_read ? seconds_of(row[8]) : state.last_success_ago;
    if (row[10].as<std::uint64_t>() == 0)
        state.asked_ago = seconds_of(row[11]);
    state.last_error = row[12].c_str();
    const pqxx::result times =
        exec_bound(transaction, sql::filled(times_sql, "{rest_ends}", rest_ends("s")), name);
    state.round_ago = seconds_of(times[0][0]);
    state.retry_in = seconds_of(times[0][1]);
    read_last_run(transaction, name, state);
    if (state.last_error.empty()) {
        const pqxx::result run = exec_bound(transaction, failed_run_sql, name);
        state.last_error = run.empty() ? "" : run[0][0].c_str();
    }
    return state;
}

} // namespace

std::vector<MirroredCustomer> ReportStore::customers_named(const std::string& id_or_domain) {
    return pool_->run_now("looking up a customer", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        return customers_of(exec_bound(transaction, customers_named_sql, id_or_domain));
    });
}

std::vector<MirroredCustomer> ReportStore::find_customers(const std::string& text) {
    return pool_->run_now("looking up customers", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        return customers_of(exec_bound(transaction, find_customers_sql, text));
    });
}

ResourceState ReportStore::state_of(const Resource& resource) {
    return pool_->run_now("reading the state of a resource", [&](pqxx::connection& connection) {
        return read_state(connection, resource);
    });
}

asio::awaitable<ResourceState> ReportStore::read_state_of(const Resource& resource) {
    co_return co_await pool_->run(
        "reading the state of a resource",
        [&](pqxx::connection& connection) { return read_state(connection, resource); }
    );
}

asio::awaitable<bool> ReportStore::has_unasked(const Resource& resource) {
    co_return co_await pool_->run("looking for due scopes", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const std::string sql = sql::filled(
            sql::filled(has_unasked_sql, "{rested}", rest_is_over("s")), "{asked}", was_asked("s")
        );
        const pqxx::result found = exec_bound(transaction, sql, std::string(resource.name));
        return found[0][0].as<bool>();
    });
}

ResourceLoad ReportStore::load_of(const Resource& resource) {
    return pool_->run_now("counting rows", [&](pqxx::connection& connection) {
        return read_load(connection, resource);
    });
}

std::vector<LivingDaemon> ReportStore::daemons() {
    return pool_->run_now("looking for daemons", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        std::vector<LivingDaemon> living;
        for (const auto& row : transaction.exec(daemons_sql + leases::alive("a.daemon_id")))
            living.push_back(
                {row[0].as<std::int64_t>(),
                 row[1].c_str(),
                 row[2].c_str(),
                 row[3].as<std::int64_t>(),
                 row[4].c_str(),
                 row[5].c_str(),
                 row[6].as<double>()}
            );
        return living;
    });
}

std::vector<TextRow> ReportStore::rows_of(const Table& table, const std::string& customer_id) {
    return pool_->run_now("reading rows", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        std::vector<std::string> columns;
        for (const Column& column : table.columns)
            columns.emplace_back(column.name);
        for (const char* added : {"extra", "first_seen_at", "changed_at"})
            columns.emplace_back(added);
        const auto as_text = [](const std::string& column) { return column + "::text"; };
        const std::string statement =
            "select " + sql::each(columns, ", ", as_text) + " from " + sql::mirror_table(table) +
            " where customer_id = $1::uuid order by " + sql::listed(sql::key_columns(table));
        std::vector<TextRow> rows;
        for (const auto& row : exec_bound(transaction, statement, customer_id)) {
            TextRow& fields = rows.emplace_back();
            for (const auto& field : row)
                fields.push_back(text_of(field));
        }
        return rows;
    });
}

bool ReportStore::was_read(const Resource& resource, const std::string& customer_id) {
    return pool_->run_now("looking at scopes", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const std::string name(resource.name);
        return exec_bound(transaction, was_read_sql, name, customer_id)[0][0].as<bool>();
    });
}

double ReportStore::clock_ahead() {
    return pool_->run_now("reading the clock", [](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const pqxx::result row =
            transaction.exec("select extract(epoch from clock_timestamp())::double precision");
        const std::chrono::duration<double> here =
            std::chrono::system_clock::now().time_since_epoch();
        return row[0][0].as<double>() - here.count();
    });
}

std::string ReportStore::server_version() {
    return pool_->run_now("asking for the version", [](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        return std::string(transaction.exec("show server_version")[0][0].c_str());
    });
}

std::vector<std::string> ReportStore::missing_rights(const Catalogue& catalogue) {
    return pool_->run_now("looking at rights", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        std::vector<std::string> tables;
        for (const Resource* resource : catalogue)
            for (const Table& table : resource->tables)
                tables.emplace_back(table.name);
        const std::string named = "{" + sql::listed(tables) + "}";
        std::vector<std::string> missing;
        for (const auto& row : exec_bound(transaction, missing_rights_sql, named))
            missing.emplace_back(row[0].c_str());
        return missing;
    });
}

bool ReportStore::may_create_schemas() {
    return pool_->run_now("looking at rights", [](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const pqxx::result row =
            transaction.exec("select has_database_privilege(current_database(), 'CREATE')");
        return row[0][0].as<bool>();
    });
}

} // namespace pcmirror
