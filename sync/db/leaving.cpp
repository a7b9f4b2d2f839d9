#include "sync/db/leaving.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"

namespace pcmirror {
namespace {

// Everything of a customer that left goes; the rows of its resources were logged one by one.
constexpr const char* forget_customers_sql[] = {
    "delete from pcmirror.sync_scopes where customer_id = any ($1::uuid[])",
    "delete from pcmirror.rejected_records where customer_id = any ($1::uuid[])",
    "delete from pcmirror.touched_rows where customer_id = any ($1::uuid[])",
    "delete from pcmirror.row_reads where customer_id = any ($1::uuid[])",
    "delete from pcmirror.owed_reads where customer_id = any ($1::uuid[])",
    "delete from pcmirror.throttled_customers where customer_id = any ($1::uuid[])",
};

} // namespace

std::uint64_t remove_leaving_customers(
    pqxx::transaction_base& transaction,
    const Catalogue& catalogue,
    const Resource& customers,
    std::int64_t run_id
) {
    const pqxx::result rows = transaction.exec(sql::lock_leaving_customers(customers));
    if (rows.empty())
        return 0;
    ArrayLiteral leaving;
    for (const auto& row : rows)
        leaving.add(row[0].c_str());
    std::uint64_t gone = 0;
    for (const Resource* child : catalogue) {
        if (child->parent != &customers)
            continue;
        for (const Table& table : child->tables)
            gone +=
                exec_bound(transaction, sql::delete_children(table), run_id, leaving.text())[0][0]
                    .as<std::uint64_t>();
    }
    for (const char* sql : forget_customers_sql)
        exec_bound(transaction, sql, leaving.text());
    return gone;
}

} // namespace pcmirror
