#include "sync/db/added_rows.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/row.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/copy_in.hpp"
#include "sync/db/row_batches.hpp"
#include "sync/records/canonical.hpp"

#include <functional>

namespace pcmirror {
namespace {

constexpr const char* readers_sql = R"(
select from pcmirror.row_reads
where outer_table = $1 and customer_id = any ($2::uuid[]) limit 1)";

constexpr const char* owe_sql = R"(
insert into pcmirror.owed_reads (resource, customer_id, row_id)
select k.resource, k.customer_id, v.row_id
from unnest($2::uuid[], $3::text[]) as v (customer_id, row_id)
join pcmirror.row_reads k on k.customer_id = v.customer_id and k.outer_table = $1 )";

using RowBytes = std::function<void(std::string_view row)>;

class AddedRows {
  public:
    AddedRows(
        const Resource& resource,
        const std::vector<const ScopeReading*>& readings,
        const ScopeDiffs& diffs
    )
        : table_(resource.table()), readings_(readings), diffs_(diffs),
          keys_(sql::key_columns(table_).size()) {}

    void copy(pqxx::transaction_base& transaction) const {
        CopyIn copy(transaction, "partner_center", table_.name, sql::stage_columns(table_));
        each([&](std::string_view bytes) {
            for (RowReader row(bytes); !row.at_end();)
                copy.add(row.next());
            copy.end_row();
        });
        copy.complete();
    }

    void log(pqxx::transaction_base& transaction, std::int64_t run_id) const {
        CopyIn copy(
            transaction,
            "pcmirror",
            "change_log",
            {"run_id", "resource", "customer_id", "key", "operation"}
        );
        const std::string run = std::to_string(run_id);
        const bool has_customer = table_.columns.front().name == "customer_id";
        std::string key;
        each([&](std::string_view bytes) {
            const std::string_view first = write_key(bytes, key);
            copy.add(run);
            copy.add(table_.name);
            copy.add(has_customer ? std::optional(first) : std::nullopt);
            copy.add(key);
            copy.add("insert");
            copy.end_row();
        });
        copy.complete();
    }

    void tell(pqxx::transaction_base& transaction) const {
        RowBatches batches(
            transaction, owe_sql + std::string(sql::owe_once), 2, {std::string(table_.name)}
        );
        each([&](std::string_view bytes) {
            RowReader row(bytes);
            batches.add(row.next());
            batches.add(row.next());
        });
        batches.flush();
    }

  private:
    void each(const RowBytes& row) const {
        for (const ScopeReading* reading : readings_) {
            const ScopeDiff& diff = diffs_.at(reading->lease.scope_id);
            if (!diff.known || diff.added == 0)
                continue;
            std::size_t at = 0;
            reading->rows.read(0, [&](std::string_view bytes) {
                if (diff.news[at++] == RowNews::added)
                    row(bytes);
            });
        }
    }

    /// The key as change_log has it; returns its first field.
    std::string_view write_key(std::string_view bytes, std::string& key) const {
        RowReader row(bytes);
        std::string_view first;
        key.assign(1, '{');
        for (std::size_t at = 0; at < keys_; ++at) {
            const std::string_view field = row.next().value_or("");
            if (at == 0)
                first = field;
            if (at > 0)
                key += ", ";
            key += '"';
            key += table_.columns[at].name;
            key += "\": ";
            append_key(table_.columns[at].type, field, key);
        }
        key += '}';
        return first;
    }

    static void append_key(Type type, std::string_view field, std::string& key) {
        // No others are keys of scopes that are known by their hashes.
        if (type == Type::integer || type == Type::bigint)
            key += field;
        else
            append_json_text(key, field);
    }

    const Table& table_;
    const std::vector<const ScopeReading*>& readings_;
    const ScopeDiffs& diffs_;
    std::size_t keys_;
};

} // namespace

void insert_added(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    std::int64_t run_id,
    bool is_outer,
    const std::vector<const ScopeReading*>& readings,
    const ScopeDiffs& diffs
) {
    ArrayLiteral customers;
    bool any = false;
    for (const ScopeReading* reading : readings)
        if (const ScopeDiff& diff = diffs.at(reading->lease.scope_id);
            diff.known && diff.added > 0) {
            customers.add(reading->lease.customer_id);
            any = true;
        }
    if (!any)
        return;
    const AddedRows rows(resource, readings, diffs);
    try {
        rows.copy(transaction);
    } catch (const pqxx::unique_violation&) {
        throw HashesMislead("the table has a row that its hashes lack");
    }
    rows.log(transaction, run_id);
    if (is_outer &&
        !exec_bound(transaction, readers_sql, std::string(resource.name), customers.text()).empty())
        rows.tell(transaction);
}

} // namespace pcmirror
