#include "sync/db/scope_diff.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/hex.hpp"
#include "schema/row.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/portion_diff.hpp"
#include "sync/db/row_batches.hpp"
#include "sync/db/scope_pages.hpp"
#include "sync/db/staging.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

constexpr const char* store_part_sql = R"(
insert into pcmirror.scope_hashes (scope_id, part, hashes)
select v.scope_id::bigint, v.part::integer, decode(v.hashes, 'hex')
from unnest($1::text[], $2::text[], $3::text[]) as v (scope_id, part, hashes)
on conflict (scope_id, part) do update set hashes = excluded.hashes)";

// The digest that is stored now is not theirs. Looked up scope by scope, behind a fence: the
// planner would read the whole table for each group of scopes.
constexpr const char* drop_parts_sql = R"(
delete from pcmirror.scope_hashes h
where h.ctid = any (array(
    select old.row_ctid
    from unnest($1::bigint[], $2::integer[]) as v (scope_id, parts)
    cross join lateral (
        select o.ctid as row_ctid from pcmirror.scope_hashes o
        where o.scope_id = v.scope_id and o.part >= v.parts offset 0) old)))";

constexpr const char* read_part_sql =
    "select hashes from pcmirror.scope_hashes where scope_id = $1::bigint and part = $2::integer";

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

/// The hashes of a scope whose first part is there; nothing if they are damaged.
std::optional<RowHashes>
read_hashes(pqxx::transaction_base& transaction, std::int64_t scope, std::string part) {
    RowHashes hashes;
    for (std::int64_t index = 1; hashes.append(part); ++index) {
        if (part.size() < RowHashes::part_size)
            return hashes;
        const pqxx::result next = exec_bound(transaction, read_part_sql, scope, index);
        if (next.empty())
            return hashes;
        part = pqxx::binarystring(next[0][0]).str();
    }
    return std::nullopt;
}

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
        const auto scope = row[0].as<std::int64_t>();
        Kept& of = kept[scope];
        of.is_empty = row[1].as<bool>();
        if (!row[2].is_null())
            of.hashes = read_hashes(transaction, scope, pqxx::binarystring(row[2]).str());
        of.touched = row[3].as<bool>();
    }
    return kept;
}

/// Calls back for each row of a query, a portion in memory at a time.
template <class Row>
void each_row(
    pqxx::transaction_base& transaction,
    const std::string& query,
    const std::string& parameter,
    const Row& call
) {
    exec_bound(transaction, "declare many_rows no scroll cursor for " + query, parameter);
    while (true) {
        const pqxx::result rows = transaction.exec("fetch 5000 from many_rows");
        if (rows.empty())
            break;
        for (const auto& row : rows)
            call(row);
    }
    transaction.exec("close many_rows");
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

using HashesByScope = std::map<std::int64_t, RowHashes>;

/// Adds the keys that the tables have and the readings do not.
void add_unread(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const HashesByScope& read,
    const ScopeDiffs& diffs,
    LackingKeys& keys
) {
    ArrayLiteral scopes;
    for (const auto& [scope, hashes] : read)
        scopes.add_number(scope);
    std::map<std::int64_t, std::size_t> met;
    each_row(transaction, sql::list_keys(resource), scopes.text(), [&](const pqxx::row& row) {
        const auto scope = row[0].as<std::int64_t>();
        KeyText key;
        for (int at = 1; at < static_cast<int>(row.size()); ++at)
            key.emplace_back(row[at].c_str());
        if (read.at(scope).find(key_hash(key)) != nullptr)
            ++met[scope];
        else
            keys.add(scope, key);
    });
    for (const auto& [scope, hashes] : read)
        if (met[scope] != hashes.size() - diffs.at(scope).added)
            throw HashesMislead("the table has other rows than its hashes");
}

} // namespace

bool has_plain_key(const Table& table) {
    return std::ranges::all_of(table.columns, [](const Column& column) {
        return column.role != Role::key || column.type == Type::uuid || column.type == Type::text ||
               column.type == Type::integer || column.type == Type::bigint;
    });
}

ScopeDiffs diff_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    bool trust
) {
    if (resource.per_row_of != nullptr)
        return diff_portions(transaction, resource, readings, trust);
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
    HashesByScope unapplied;
    for (const ScopeReading* reading : readings) {
        const std::int64_t scope = reading->lease.scope_id;
        const ScopeDiff& diff = diffs.at(scope);
        if (!diff.known || diff.lacking == 0)
            continue;
        for (const KeyText& key : reading->lacking)
            keys.add(scope, key);
        if (!reading->applied)
            unapplied.emplace(scope, RowHashes(diff.read));
    }
    if (!unapplied.empty())
        add_unread(transaction, resource, unapplied, diffs, keys);
    keys.flush();
}

void keep_for_next_time(pqxx::transaction_base& transaction, const std::vector<KeptScope>& scopes) {
    RowBatches parts(transaction, store_part_sql, 3);
    std::vector<const ScopeReading*> readings;
    ArrayLiteral ids;
    ArrayLiteral counts;
    for (const auto& [reading, diff] : scopes) {
        const std::string scope = std::to_string(reading->lease.scope_id);
        const RowHashes read(diff->read);
        std::size_t count = 0;
        if (!read.ambiguous())
            for (std::string_view part = read.part(0); !part.empty(); part = read.part(++count)) {
                parts.add(scope);
                parts.add(std::to_string(count));
                parts.add(hex(part));
            }
        ids.add_number(reading->lease.scope_id);
        counts.add_number(static_cast<long long>(count));
        readings.push_back(reading);
    }
    parts.flush();
    store_pages(transaction, readings);
    exec_bound(transaction, drop_parts_sql, ids.text(), counts.text());
}

} // namespace pcmirror
