#include "sync/db/staging.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/sql.hpp"
#include "schema/sql_text.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/copy_in.hpp"
#include "sync/db/row_batches.hpp"

#include <optional>

namespace pcmirror {
namespace {

std::string insert_sql(
    const std::string& table,
    const std::vector<std::string>& columns,
    const std::vector<std::string>& types
) {
    std::string arrays;
    std::string names;
    std::string values;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        const std::string separator = at == 0 ? "" : ", ";
        const std::string number = std::to_string(at + 1);
        arrays += separator + "$" + number + "::text[]";
        names += separator + "v" + number;
        values += separator + "v" + number + "::" + types[at];
    }
    return "insert into " + table + " (" + sql::listed(columns) + ") select " + values +
           " from unnest(" + arrays + ") as v (" + names + ")";
}

std::vector<std::string> key_types(const Table& table) {
    std::vector<std::string> types;
    for (const Column& column : table.columns)
        if (column.role == Role::key)
            types.emplace_back(sql_name(column.type));
    return types;
}

void stage_table(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    std::size_t index,
    const std::vector<const ScopeReading*>& readings,
    const ScopeDiffs& diffs
) {
    const Table& table = resource.tables[index];
    CopyIn copy(transaction, "pg_temp", sql::stage_table(table), sql::stage_columns(table));
    for (const ScopeReading* reading : readings) {
        const ScopeDiff& diff = diffs.at(reading->lease.scope_id);
        if (diff.known && diff.changed == 0)
            continue;
        std::size_t ordinal = 0;
        reading->rows.read(index, [&](std::string_view bytes) {
            if (diff.known && diff.news[ordinal++] != RowNews::changed)
                return;
            for (RowReader row(bytes); !row.at_end();)
                copy.add(row.next());
            copy.end_row();
        });
    }
    copy.complete();
}

/// An item that moved between pages was read twice; the later reading counts.
void drop_duplicates(pqxx::transaction_base& transaction, const Table& table) {
    const std::vector<std::string> keys = sql::key_columns(table);
    std::string grouped;
    for (const std::string& key : keys)
        grouped += (grouped.empty() ? "" : ", ") + key;
    const pqxx::result twice = transaction.exec(
        "select from " + sql::stage_table(table) + " group by " + grouped +
        " having count(*) > 1 limit 1"
    );
    if (!twice.empty())
        transaction.exec(sql::drop_duplicates(table));
}

/// Keys, or beginnings of keys, into one of the key tables.
void stage_keys(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::string& table,
    const std::vector<KeyText>& keys
) {
    if (keys.empty())
        return;
    const std::vector<std::string> names = sql::key_columns(resource.table());
    RowBatches batches(
        transaction, insert_sql(table, names, key_types(resource.table())), names.size()
    );
    for (const KeyText& key : keys)
        for (std::size_t at = 0; at < names.size(); ++at)
            batches.add(at < key.size() ? std::optional<std::string_view>(key[at]) : std::nullopt);
    batches.flush();
}

/// The outer rows that were asked about.
void stage_covered(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
) {
    const std::string key(resource.table().columns[1].name);
    const std::string type(sql_name(resource.table().columns[1].type));
    RowBatches batches(
        transaction,
        insert_sql(sql::covered_table(resource), {"customer_id", key}, {"uuid", type}),
        2
    );
    for (const ScopeReading* reading : readings)
        for (const std::string& row : reading->covered) {
            batches.add(reading->lease.customer_id);
            batches.add(row);
        }
    batches.flush();
}

} // namespace

void stage_scopes(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
) {
    ArrayLiteral ids;
    ArrayLiteral customers;
    ArrayLiteral asked;
    ArrayLiteral complete;
    std::vector<KeyText> present;
    std::vector<KeyText> absent;
    for (const ScopeReading* reading : readings) {
        ids.add_number(reading->lease.scope_id);
        customers.add_or_null(reading->lease.customer_id);
        asked.add(reading->lease.asked_at);
        complete.add_flag(reading->complete);
        present.insert(present.end(), reading->present.begin(), reading->present.end());
        absent.insert(absent.end(), reading->absent.begin(), reading->absent.end());
    }
    exec_bound(
        transaction,
        "insert into stage_scopes (scope_id, customer_id, asked_at, complete, compare_all, "
        "may_delete, must_confirm) select *, true, false, false from unnest($1::bigint[], "
        "$2::uuid[], $3::timestamptz[], $4::boolean[])",
        ids.text(),
        customers.text(),
        asked.text(),
        complete.text()
    );
    stage_keys(transaction, resource, sql::present_table(resource), present);
    stage_keys(transaction, resource, sql::absent_table(resource), absent);
    if (resource.per_row_of != nullptr)
        stage_covered(transaction, resource, readings);
}

void stage_rows(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    const ScopeDiffs& diffs
) {
    for (std::size_t index = 0; index < resource.tables.size(); ++index) {
        stage_table(transaction, resource, index, readings, diffs);
        drop_duplicates(transaction, resource.tables[index]);
    }
    ArrayLiteral known;
    for (const auto& [scope, diff] : diffs)
        if (diff.known)
            known.add_number(scope);
    exec_bound(
        transaction,
        "update stage_scopes set compare_all = false where scope_id = any ($1::bigint[])",
        known.text()
    );
    transaction.exec(sql::find_lacking(resource));
}

std::string lacking_insert(const Resource& resource) {
    std::vector<std::string> columns = sql::key_columns(resource.table());
    std::vector<std::string> types = key_types(resource.table());
    columns.insert(columns.begin(), "scope_id");
    types.insert(types.begin(), "bigint");
    return insert_sql(sql::lacking_table(resource), columns, types);
}

} // namespace pcmirror
