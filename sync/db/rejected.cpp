#include "sync/db/rejected.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/row.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace pcmirror {
namespace {

constexpr const char* store_sql = R"(
insert into pcmirror.rejected_records as r
    (resource, customer_id, key, record, raw, reason, run_id, record_hash)
values ($1, nullif($2, '')::uuid, nullif($3, '')::jsonb, $4, decode(nullif($5, ''), 'hex'), $6,
        $7::bigint, decode($8, 'hex'))
on conflict (resource, customer_id, record_hash)
    do update set seen_at = now(), run_id = excluded.run_id, reason = excluded.reason)";

constexpr const char* clear_sql = R"(
delete from pcmirror.rejected_records
where resource = $1 and customer_id is not distinct from nullif($2, '')::uuid
    and not (encode(record_hash, 'hex') = any ($3::text[])))";

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

/// Length of the valid UTF-8 sequence at the front; 0 where there is none.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const auto follows = [&](std::size_t at, unsigned low, unsigned high) {
        return at < text.size() && byte(at) >= low && byte(at) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80)
        return first == 0 ? 0 : 1;
    if (first >= 0xC2 && first <= 0xDF)
        return follows(1, 0x80, 0xBF) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF)
        return follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) &&
                       follows(2, 0x80, 0xBF)
                   ? 3
                   : 0;
    if (first >= 0xF0 && first <= 0xF4)
        return follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) &&
                       follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF)
                   ? 4
                   : 0;
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
    const std::string name(resource.name);
    for (const ScopeReading* reading : readings) {
        std::vector<std::string> hashes;
        for (const Rejection& rejection : reading->rejections) {
            const std::string text = shown(rejection.record);
            hashes.push_back(hash_of(rejection.record));
            exec_bound(
                transaction,
                store_sql,
                name,
                reading->lease.customer_id,
                key_json(resource, rejection.key),
                text,
                text == rejection.record ? std::string() : hex(rejection.record),
                rejection.reason,
                run_id,
                hashes.back()
            );
        }
        if (reading->trouble.empty())
            exec_bound(
                transaction, clear_sql, name, reading->lease.customer_id, text_array(hashes)
            );
    }
}

} // namespace pcmirror
