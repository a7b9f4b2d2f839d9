#include "sync/db/scope_locks.hpp"

#include "migrations/libpqxx.hpp"
#include "sync/db/arrays.hpp"

#include <set>
#include <string>

namespace pcmirror {
namespace {

// Children lock their parent, so that a customer can't vanish under them. Always before scopes:
// whoever removes a customer takes the same locks in the same order.
constexpr const char* lock_customers_sql = R"(
select customer_id::text from partner_center.customers
where customer_id = any ($1::uuid[]) order by customer_id for key share)";

// A lease whose result was written is over, but for the first of two applies: what that one could
// not delete for want of a proof is brought by the second, under the same lease.
constexpr const char* lock_scopes_sql = R"(
select s.scope_id, s.completed_token is not distinct from v.token
        and (s.lease_daemon is null or v.first) or exists (
    select from pcmirror.row_reads k
    where k.customer_id = s.customer_id and k.resource = s.resource and k.lease_token = v.token
        and k.portion >= v.portion)
from pcmirror.sync_scopes s
join unnest($1::bigint[], $2::bigint[], $3::integer[], $4::boolean[])
    as v (scope_id, token, portion, first)
    using (scope_id)
where s.lease_token = v.token and (s.lease_daemon is not null or s.completed_token = v.token)
order by s.scope_id for update of s)";

std::set<std::string>
lock_customers(pqxx::transaction_base& transaction, const Readings& readings) {
    ArrayLiteral customers;
    for (const auto& [scope_id, reading] : readings)
        customers.add(reading->lease.customer_id);
    std::set<std::string> known;
    for (const auto& row : exec_bound(transaction, lock_customers_sql, customers.text()))
        known.insert(row[0].c_str());
    return known;
}

std::map<std::int64_t, ScopeEnd>
lock_leased(pqxx::transaction_base& transaction, const Readings& readings) {
    ArrayLiteral ids;
    ArrayLiteral tokens;
    ArrayLiteral portions;
    ArrayLiteral first;
    for (const auto& [scope_id, reading] : readings) {
        ids.add_number(scope_id);
        tokens.add_number(reading->lease.token);
        if (reading->portion)
            portions.add_number(reading->portion->number);
        else
            portions.add_null();
        first.add_flag(!reading->confirmed);
    }
    std::map<std::int64_t, ScopeEnd> leased;
    for (const auto& row : exec_bound(
             transaction, lock_scopes_sql, ids.text(), tokens.text(), portions.text(), first.text()
         ))
        leased[row[0].as<std::int64_t>()] =
            row[1].as<bool>() ? ScopeEnd::committed : ScopeEnd::applied;
    return leased;
}

} // namespace

std::map<std::int64_t, ScopeEnd> lock_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const Readings& readings,
    bool dry_run
) {
    std::set<std::string> customers;
    if (resource.parent != nullptr)
        customers = lock_customers(transaction, readings);
    std::map<std::int64_t, ScopeEnd> leased;
    if (!dry_run)
        leased = lock_leased(transaction, readings);
    std::map<std::int64_t, ScopeEnd> ends;
    for (const auto& [scope_id, reading] : readings) {
        const bool has_parent =
            resource.parent == nullptr || customers.contains(reading->lease.customer_id);
        const auto found = leased.find(scope_id);
        ScopeEnd end = dry_run && has_parent ? ScopeEnd::applied : ScopeEnd::fenced;
        if (found != leased.end() && (has_parent || found->second == ScopeEnd::committed))
            end = found->second;
        ends[scope_id] = end;
    }
    return ends;
}

} // namespace pcmirror
