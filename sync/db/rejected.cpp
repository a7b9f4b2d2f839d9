#include "sync/db/rejected.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/hex.hpp"
#include "schema/row.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/row_batches.hpp"
#include "sync/records/utf8.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace pcmirror {
namespace {

constexpr const char* store_sql = R"(
insert into pcmirror.rejected_records as r
    (resource, customer_id, key, record, raw, reason, run_id, record_hash)
select distinct on (v.customer_id, v.hash) $1, v.customer_id::uuid, v.key::jsonb, v.record,
    decode(v.raw, 'hex'), v.reason, $2::bigint, decode(v.hash, 'hex')
from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    as v (customer_id, key, record, raw, reason, hash)
on conflict (resource, customer_id, record_hash)
    do update set seen_at = now(), run_id = excluded.run_id, reason = excluded.reason)";

// One statement for customers and one for the partner's own: only so the index serves.
constexpr const char* clear_customers_sql = R"(
delete from pcmirror.rejected_records r
using unnest($2::uuid[]) as read (customer_id)
where r.resource = $1 and r.customer_id = read.customer_id
    and not exists (select from unnest($3::text[], $4::text[]) as v (customer_id, hash)
                    where v.customer_id = r.customer_id::text
                        and v.hash = encode(r.record_hash, 'hex')))";

// What is read row by row was read without those of other rows.
constexpr const char* clear_rows_sql = R"(
delete from pcmirror.rejected_records r
using unnest($3::uuid[], $4::text[]) as read (customer_id, row_id)
where r.resource = $1 and r.customer_id = read.customer_id and r.key ->> $2 = read.row_id
    and not exists (select from unnest($5::text[], $6::text[]) as v (customer_id, hash)
                    where v.customer_id = r.customer_id::text
                        and v.hash = encode(r.record_hash, 'hex')))";

constexpr const char* clear_partner_sql = R"(
delete from pcmirror.rejected_records r
where r.resource = $1 and r.customer_id is null
    and not encode(r.record_hash, 'hex') = any ($2::text[]))";

/// Equal records of two rows that are read each by itself are two.
std::string hash_of(const Resource& resource, const Rejection& rejection) {
    std::string record = rejection.record;
    if (resource.per_row_of != nullptr)
        record += rejection.key[1];
    const XXH128_hash_t hash = XXH3_128bits(record.data(), record.size());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string key_json(const Resource& resource, const std::vector<std::string>& key) {
    if (key.empty())
        return {};
    const std::vector<std::string> names = sql::key_columns(resource.table());
    std::string text = "{";
    for (std::size_t at = 0; at < names.size() && at < key.size(); ++at) {
        text += (at == 0 ? "\"" : ", \"") + names[at] + "\": \"";
        for (const char letter : key[at])
            text += letter == '"' || letter == '\\' ? std::string{'\\', letter}
                    : static_cast<unsigned char>(letter) < 0x20
                        ? fmt::format("\\u{:04x}", static_cast<unsigned char>(letter))
                        : std::string(1, letter);
        text += '"';
    }
    return text + "}";
}

} // namespace

void store_rejected(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    std::int64_t run_id,
    const std::vector<const ScopeReading*>& readings
) {
    RowBatches batches(
        transaction, store_sql, 6, {std::string(resource.name), std::to_string(run_id)}
    );
    for (const ScopeReading* reading : readings)
        for (const Rejection& rejection : reading->rejections) {
            const std::string text = escape_invalid_utf8(rejection.record);
            batches.add_or_null(reading->lease.customer_id);
            batches.add_or_null(key_json(resource, rejection.key));
            batches.add(text);
            batches.add_or_null(text == rejection.record ? "" : hex(rejection.record));
            batches.add(rejection.reason);
            batches.add(hash_of(resource, rejection));
        }
    batches.flush();
}

void clear_rejected(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
) {
    ArrayLiteral read;
    ArrayLiteral rows;
    ArrayLiteral customers;
    ArrayLiteral hashes;
    bool any = false;
    for (const ScopeReading* reading : readings) {
        if (!reading->trouble.empty() && !reading->portion)
            continue;
        any = true;
        if (!reading->portion)
            read.add(reading->lease.customer_id);
        for (const std::string& row : reading->covered) {
            read.add(reading->lease.customer_id);
            rows.add(row);
        }
        for (const Rejection& rejection : reading->rejections) {
            customers.add(reading->lease.customer_id);
            hashes.add(hash_of(resource, rejection));
        }
    }
    const std::string name(resource.name);
    if (any && resource.parent == nullptr)
        exec_bound(transaction, clear_partner_sql, name, hashes.text());
    else if (any && resource.per_row_of != nullptr)
        exec_bound(
            transaction,
            clear_rows_sql,
            name,
            std::string(resource.table().columns[1].name),
            read.text(),
            rows.text(),
            customers.text(),
            hashes.text()
        );
    else if (any)
        exec_bound(
            transaction, clear_customers_sql, name, read.text(), customers.text(), hashes.text()
        );
}

} // namespace pcmirror
