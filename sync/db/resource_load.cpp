#include "sync/db/resource_load.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/catalogue.hpp"
#include "schema/sql.hpp"
#include "schema/sql_reads.hpp"
#include "sync/db/search_load.hpp"

#include <string>

namespace pcmirror {
namespace {

// The list of customers brings those, too, that the configuration leaves out: its last run has
// seen them.
constexpr const char* scopes_sql = R"(
select count(*), coalesce(sum(greatest(1, (n.rows + $2::integer - 1) / $2::integer)), 0)::bigint
from pcmirror.sync_scopes s
cross join lateral (
    select coalesce((select r.rows_seen from pcmirror.sync_runs r
                     where s.customer_id is null and r.resource = $1 and r.outcome = 'ok'
                     order by r.started_at desc limit 1), s.row_count) as rows) n
where s.resource = $1 and s.state not in ('refused', 'excluded'))";

constexpr const char* customers_without_scope_sql = R"(
select count(*) from partner_center.customers c
where not exists (select from pcmirror.sync_scopes s
                  where s.resource = $1 and s.customer_id = c.customer_id))";

constexpr const char* was_read_sql = R"(
select exists (select from pcmirror.sync_scopes
               where resource = $1 and last_success_at is not null))";

/// What a resource's own requests wait for.
const Resource* unread(pqxx::transaction_base& transaction, const Resource& resource) {
    const auto was_read = [&](const Resource& needed) {
        const std::string name(needed.name);
        return exec_bound(transaction, was_read_sql, name)[0][0].as<bool>();
    };
    if (resource.parent == nullptr)
        return nullptr;
    const std::string parents = sql::mirror_table(resource.parent->table());
    const bool any_parent = !transaction.exec("select from " + parents + " limit 1").empty();
    if (!any_parent)
        return was_read(*resource.parent) ? nullptr : resource.parent;
    const Resource* outer = resource.per_row_of;
    return outer == nullptr || was_read(*outer) ? nullptr : outer;
}

void count_rows(pqxx::transaction_base& transaction, const Resource& resource, ResourceLoad& load) {
    constexpr double any_period = 1;
    const pqxx::result rows = exec_bound(
        transaction,
        sql::RowReads(resource).load(),
        std::string(resource.name),
        static_cast<std::int64_t>(fingerprint(resource)),
        std::string(),
        false,
        any_period
    );
    const auto to_come = rows[0][0].as<std::uint64_t>();
    load.owed_rows = rows[0][1].as<std::uint64_t>();
    if (resource.earned == nullptr) {
        load.owed_rows += to_come;
        return;
    }
    load.first_rows = to_come;
    load.rolling_rows = rows[0][2].as<std::uint64_t>();
    load.searched_rows = rows_to_search(transaction, resource);
}

} // namespace

ResourceLoad read_load(pqxx::connection& connection, const Resource& resource) {
    pqxx::read_transaction transaction(connection);
    const std::string name(resource.name);
    ResourceLoad load;
    load.waits_for = unread(transaction, resource);
    const pqxx::result own = exec_bound(transaction, scopes_sql, name, page_rows);
    load.scopes = own[0][0].as<std::uint64_t>();
    load.pages = own[0][1].as<std::uint64_t>();
    if (resource.parent != nullptr) {
        const pqxx::result fresh = exec_bound(transaction, customers_without_scope_sql, name);
        load.scopes += fresh[0][0].as<std::uint64_t>();
        load.pages += fresh[0][0].as<std::uint64_t>();
    }
    if (resource.per_row_of != nullptr)
        count_rows(transaction, resource, load);
    return load;
}

} // namespace pcmirror
