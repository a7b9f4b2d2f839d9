#include "sync/db/scope_diff.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/hex.hpp"
#include "schema/row.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/row_batches.hpp"
#include "sync/db/staging.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

constexpr const char* store_hashes_sql = R"(
insert into pcmirror.scope_hashes (scope_id, hashes)
select v.scope_id, decode(v.hashes, 'hex')
from unnest($1::bigint[], $2::text[]) as v (scope_id, hashes)
on conflict (scope_id) do update set hashes = excluded.hashes)";

// The digest that is stored now is not theirs.
constexpr const char* drop_hashes_sql =
    "delete from pcmirror.scope_hashes where scope_id = any ($1::bigint[])";

/// Sends keys to the table of rows that readings lack.
class LackingKeys {
  public:
    LackingKeys(pqxx::transaction_base& transaction, const Resource& resource)
        : batches_(
              transaction, lacking_insert(resource), 1 + sql::key_columns(resource.table()).size()
          ) {}

    void add(std::int64_t scope, const KeyText& key) {
        batches_.add(std::to_string(scope));
        for (const std::string& field : key)
            batches_.add(field);
    }

    void flush() { batches_.flush(); }

  private:
    RowBatches batches_;
};

/// What is kept of a scope since its last whole apply.
struct Kept {
    bool is_empty = false;           ///< the mirror has no row of it
    std::optional<RowHashes> hashes; ///< of the rows that it has, if these can be trusted
    bool touched = true;             ///< rows were written apart from their listing
};

std::map<std::int64_t, Kept> read_kept(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
) {
    ArrayLiteral ids;
    ArrayLiteral customers;
    ArrayLiteral digests;
    ArrayLiteral fingerprints;
    for (const ScopeReading* reading : readings) {
        ids.add_number(reading->lease.scope_id);
        customers.add_or_null(reading->lease.customer_id);
        digests.add(reading->lease.digest);
        fingerprints.add_number(static_cast<std::int64_t>(reading->fingerprint));
    }
    std::map<std::int64_t, Kept> kept;
    for (const auto& row : exec_bound(
             transaction,
             sql::read_kept(resource),
             ids.text(),
             customers.text(),
             digests.text(),
             fingerprints.text()
         )) {
        Kept& of = kept[row[0].as<std::int64_t>()];
        of.is_empty = row[1].as<bool>();
        if (!row[2].is_null())
            of.hashes = RowHashes::from(pqxx::binarystring(row[2]).str());
        of.touched = row[3].as<bool>();
    }
    return kept;
}

/// Whether keys look the same in a reading, in the database and in JSON.
bool has_plain_key(const Table& table) {
    return std::ranges::all_of(table.columns, [](const Column& column) {
        return column.role != Role::key || column.type == Type::uuid || column.type == Type::text ||
               column.type == Type::integer || column.type == Type::bigint;
    });
}

ScopeDiff diff_of(const Resource& resource, const ScopeReading& reading, const Kept& kept) {
    ScopeDiff diff;
    if (resource.tables.size() > 1 || !has_plain_key(resource.table()))
        return diff;
    diff.read = RowHashes::read(reading.rows, sql::key_columns(resource.table()).size());
    if (kept.touched)
        return diff;
    if (reading.applied) {
        diff.known = true;
        diff.news.assign(diff.read.size(), RowNews::same);
        diff.lacking = reading.lacking.size();
        return diff;
    }
    if ((!kept.is_empty && !kept.hashes) || RowHashes(diff.read).ambiguous())
        return diff;
    const RowHashes known = kept.is_empty ? RowHashes() : *kept.hashes;
    diff.known = true;
    diff.news = compare(known, diff.read);
    diff.added = static_cast<std::size_t>(std::ranges::count(diff.news, RowNews::added));
    diff.changed = static_cast<std::size_t>(std::ranges::count(diff.news, RowNews::changed));
    diff.lacking = reading.complete ? count_lacking(known, diff.news) : 0;
    return diff;
}

} // namespace

ScopeDiffs diff_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    bool trust
) {
    std::map<std::int64_t, Kept> kept;
    if (trust && resource.tables.size() == 1)
        kept = read_kept(transaction, resource, readings);
    ScopeDiffs diffs;
    for (const ScopeReading* reading : readings) {
        const std::int64_t scope = reading->lease.scope_id;
        diffs[scope] = diff_of(resource, *reading, kept[scope]);
    }
    return diffs;
}

void stage_lacking(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    const ScopeDiffs& diffs
) {
    LackingKeys keys(transaction, resource);
    std::map<std::int64_t, RowHashes> wanted;
    std::map<std::int64_t, std::size_t> met;
    ArrayLiteral scopes;
    for (const ScopeReading* reading : readings) {
        const std::int64_t scope = reading->lease.scope_id;
        const ScopeDiff& diff = diffs.at(scope);
        if (!diff.known || diff.lacking == 0)
            continue;
        for (const KeyText& key : reading->lacking)
            keys.add(scope, key);
        if (reading->applied)
            continue;
        wanted.emplace(scope, RowHashes(diff.read));
        scopes.add_number(scope);
    }
    if (!wanted.empty())
        for (const auto& row : exec_bound(transaction, sql::list_keys(resource), scopes.text())) {
            const auto scope = row[0].as<std::int64_t>();
            KeyText key;
            for (int at = 1; at < static_cast<int>(row.size()); ++at)
                key.emplace_back(row[at].c_str());
            if (wanted.at(scope).find(key_hash(key)) != nullptr)
                ++met[scope];
            else
                keys.add(scope, key);
        }
    for (const auto& [scope, read] : wanted)
        if (met[scope] != read.size() - diffs.at(scope).added)
            throw HashesMislead("the table has other rows than its hashes");
    keys.flush();
}

void store_hashes(
    pqxx::transaction_base& transaction,
    const std::vector<std::pair<std::int64_t, const ScopeDiff*>>& scopes
) {
    ArrayLiteral ids;
    ArrayLiteral hashes;
    ArrayLiteral without;
    bool any_without = false;
    for (const auto& [scope, diff] : scopes) {
        const RowHashes read(diff->read);
        if (read.size() == 0 || read.ambiguous()) {
            without.add_number(scope);
            any_without = true;
            continue;
        }
        ids.add_number(scope);
        hashes.add(hex(read.bytes()));
    }
    exec_bound(transaction, store_hashes_sql, ids.text(), hashes.text());
    if (any_without)
        exec_bound(transaction, drop_hashes_sql, without.text());
}

} // namespace pcmirror
