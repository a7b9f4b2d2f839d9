#include "sync/db/rejected.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/row.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"

#include <array>
#include <fmt/format.h>
#include <xxhash.h>

namespace pcmirror {
namespace {

constexpr const char* store_sql = R"(
insert into pcmirror.rejected_records as r
    (resource, customer_id, key, record, raw, reason, run_id, record_hash)
select distinct on (v.customer_id, v.hash) $1, nullif(v.customer_id, '')::uuid,
    nullif(v.key, '')::jsonb, v.record, decode(nullif(v.raw, ''), 'hex'), v.reason, $2::bigint,
    decode(v.hash, 'hex')
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

constexpr const char* clear_partner_sql = R"(
delete from pcmirror.rejected_records r
where r.resource = $1 and r.customer_id is null
    and not encode(r.record_hash, 'hex') = any ($2::text[]))";

constexpr std::size_t chunk_bytes = 1 << 20;

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes)
        text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

std::string hash_of(std::string_view record) {
    const XXH128_hash_t hash = XXH3_128bits(record.data(), record.size());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

/// First bytes of UTF-8 sequences, how long these are, and what their second byte may be. The zero
/// byte is left out: PostgreSQL has no place for it.
struct Sequence {
    unsigned char first_low;
    unsigned char first_high;
    std::size_t length;
    unsigned char second_low = 0x80;
    unsigned char second_high = 0xBF;
};

constexpr std::array<Sequence, 9> sequences{{
    {0x01, 0x7F, 1},
    {0xC2, 0xDF, 2},
    {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3},
    {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3},
    {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
}};

/// Length of the valid UTF-8 sequence at the front; 0 where there is none.
std::size_t sequence_length(std::string_view text) {
    const auto within = [&](std::size_t at, unsigned char low, unsigned char high) {
        const auto byte = static_cast<unsigned char>(text[at]);
        return byte >= low && byte <= high;
    };
    for (const Sequence& sequence : sequences) {
        if (!within(0, sequence.first_low, sequence.first_high))
            continue;
        bool valid = text.size() >= sequence.length;
        for (std::size_t at = 1; valid && at < sequence.length; ++at)
            valid = at == 1 ? within(at, sequence.second_low, sequence.second_high)
                            : within(at, 0x80, 0xBF);
        return valid ? sequence.length : 0;
    }
    return 0;
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

/// Collects rejections as one array a column.
struct Batch {
    ArrayLiteral customers;
    ArrayLiteral keys;
    ArrayLiteral records;
    ArrayLiteral raws;
    ArrayLiteral reasons;
    ArrayLiteral hashes;
    std::size_t bytes = 0;

    void add(const Resource& resource, const std::string& customer, const Rejection& rejection) {
        const std::string text = shown(rejection.record);
        customers.add(customer);
        keys.add(key_json(resource, rejection.key));
        raws.add(text == rejection.record ? std::string() : hex(rejection.record));
        reasons.add(rejection.reason);
        hashes.add(hash_of(rejection.record));
        bytes += text.size();
        records.add(text);
    }

    void store(pqxx::transaction_base& transaction, const Resource& resource, std::int64_t run_id) {
        if (bytes == 0)
            return;
        exec_bound(
            transaction,
            store_sql,
            std::string(resource.name),
            run_id,
            customers.take(),
            keys.take(),
            records.take(),
            raws.take(),
            reasons.take(),
            hashes.take()
        );
        bytes = 0;
    }
};

} // namespace

std::string shown(std::string_view record) {
    std::string text;
    while (!record.empty()) {
        const std::size_t length = sequence_length(record);
        if (length == 0)
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(record.front()));
        else
            text += record.substr(0, length);
        record.remove_prefix(length == 0 ? 1 : length);
    }
    return text;
}

void store_rejected(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    std::int64_t run_id,
    const std::vector<const ScopeReading*>& readings
) {
    Batch batch;
    for (const ScopeReading* reading : readings)
        for (const Rejection& rejection : reading->rejections) {
            batch.add(resource, reading->lease.customer_id, rejection);
            if (batch.bytes >= chunk_bytes)
                batch.store(transaction, resource, run_id);
        }
    batch.store(transaction, resource, run_id);
}

void clear_rejected(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
) {
    ArrayLiteral read;
    ArrayLiteral customers;
    ArrayLiteral hashes;
    bool any = false;
    for (const ScopeReading* reading : readings) {
        if (!reading->trouble.empty())
            continue;
        any = true;
        read.add(reading->lease.customer_id);
        for (const Rejection& rejection : reading->rejections) {
            customers.add(reading->lease.customer_id);
            hashes.add(hash_of(rejection.record));
        }
    }
    const std::string name(resource.name);
    if (any && resource.parent == nullptr)
        exec_bound(transaction, clear_partner_sql, name, hashes.text());
    else if (any)
        exec_bound(
            transaction, clear_customers_sql, name, read.text(), customers.text(), hashes.text()
        );
}

} // namespace pcmirror
