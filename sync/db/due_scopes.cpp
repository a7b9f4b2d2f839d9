#include "sync/db/due_scopes.hpp"

#include "sync/db/kept_plans.hpp"

namespace pcmirror {
namespace {

// Twice, so that each looks its scopes up through the index; then whoever polls is told.
constexpr const char* due_sql[] = {
    R"(
update pcmirror.sync_scopes s
set digest = null, last_attempt_at = null, due_since = clock_timestamp()
from unnest($1::text[], $2::uuid[]) v (resource, customer_id)
where s.resource = v.resource and s.customer_id = v.customer_id)",
    R"(
update pcmirror.sync_scopes s
set digest = null, last_attempt_at = null, due_since = clock_timestamp()
from unnest($1::text[], $2::uuid[]) v (resource, customer_id)
where s.resource = v.resource and s.customer_id is null and v.customer_id is null)",
    R"(
select pg_catalog.pg_notify('pcmirror_due', v.resource)
from unnest($1::text[], $2::uuid[]) v (resource, customer_id))"};

} // namespace

void make_due(
    pqxx::transaction_base& transaction, const std::string& resources, const std::string& customers
) {
    for (const char* sql : due_sql)
        exec_kept(transaction, sql, resources, customers);
}

} // namespace pcmirror
