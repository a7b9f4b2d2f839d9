#include "migrations/libpqxx.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/excluded.hpp"
#include "sync/db/scope_store.hpp"

namespace pcmirror {
namespace {

// A failing scope rests a minute, doubling to a day; only a schedule's passes heed that.
constexpr const char* plan_sql = R"(
select scope_id, coalesce(customer_id::text, ''),
    state = 'refused' and last_attempt_at > now() - interval '1 day' and not $4::boolean,
    coalesce(last_error, '')
from pcmirror.sync_scopes
where resource = $1 and state <> 'excluded'
    and (cardinality($2::uuid[]) = 0 or customer_id = any ($2::uuid[]))
    and ($3::bigint < 0 or last_success_at is null
         or last_success_at < now() - make_interval(secs => $3::bigint / 1000.0))
    and not ($5::boolean and state = 'failing' and consecutive_failures > 0
             and last_attempt_at > now() - least(interval '1 day',
                 make_interval(mins => (2 ^ least(consecutive_failures - 1, 11))::integer)))
order by last_success_at nulls first, scope_id)";

// A dry run makes no scopes; the numbers only tell scopes of one pass apart.
constexpr const char* plan_partner_without_scope_sql = R"(
select 1, '', false, '')";

constexpr const char* plan_without_scopes_sql = R"(
select row_number() over (order by c.customer_id), c.customer_id::text, false, ''
from partner_center.customers c
where (cardinality($1::uuid[]) = 0 or c.customer_id = any ($1::uuid[])) and not {excluded})";

pqxx::result planned_rows(
    pqxx::transaction_base& transaction, const Resource& resource, const PlanOptions& options
) {
    const std::string customers = text_array(options.customers);
    if (options.without_scopes && resource.parent == nullptr)
        return transaction.exec(plan_partner_without_scope_sql);
    if (options.without_scopes)
        return exec_bound(
            transaction,
            filled(plan_without_scopes_sql, "{excluded}", excluded_condition("c", "$2", "$3")),
            customers,
            like_patterns(options.filter.include),
            like_patterns(options.filter.exclude)
        );
    constexpr std::int64_t any_age = -1;
    return exec_bound(
        transaction,
        plan_sql,
        std::string(resource.name),
        customers,
        options.max_age ? options.max_age->count() : any_age,
        options.ask_refused,
        options.only_due
    );
}

} // namespace

asio::awaitable<std::vector<PlannedScope>>
ScopeStore::plan(const Resource& resource, PlanOptions options) {
    co_return co_await pool_->run("planning a pass", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        std::vector<PlannedScope> planned;
        for (const auto& row : planned_rows(transaction, resource, options))
            planned.push_back(
                {row[0].as<std::int64_t>(), row[1].c_str(), row[2].as<bool>(), row[3].c_str()}
            );
        return planned;
    });
}

} // namespace pcmirror
