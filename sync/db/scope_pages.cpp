#include "sync/db/scope_pages.hpp"

#include "schema/hex.hpp"
#include "sync/db/row_batches.hpp"

#include <string>

namespace pcmirror {
namespace {

constexpr const char* store_pages_sql = R"(
insert into pcmirror.scope_pages (scope_id, pages)
select v.scope_id::bigint, decode(v.pages, 'hex')
from unnest($1::text[], $2::text[]) as v (scope_id, pages)
on conflict (scope_id) do update set pages = excluded.pages)";

} // namespace

void store_pages(
    pqxx::transaction_base& transaction, const std::vector<const ScopeReading*>& readings
) {
    RowBatches pages(transaction, store_pages_sql, 2);
    for (const ScopeReading* reading : readings) {
        pages.add(std::to_string(reading->lease.scope_id));
        pages.add(hex(reading->pages.bytes()));
    }
    pages.flush();
}

} // namespace pcmirror
