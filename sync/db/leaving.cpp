#include "sync/db/leaving.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"

#include <optional>
#include <string>

namespace pcmirror {
namespace {

// Everything of a customer that left goes; the rows of its resources were logged one by one.
constexpr const char* forget_customers_sql[] = {
    "delete from pcmirror.sync_scopes where customer_id = any ($1::uuid[])",
    "delete from pcmirror.rejected_records where customer_id = any ($1::uuid[])",
    "delete from pcmirror.row_reads where customer_id = any ($1::uuid[])",
    "delete from pcmirror.owed_reads where customer_id = any ($1::uuid[])",
    "delete from pcmirror.throttled_customers where customer_id = any ($1::uuid[])",
};

// Touches of the customers themselves stay: listings that lag must not bring them back.
constexpr const char* forget_touches_sql = R"(
delete from pcmirror.touched_rows where customer_id = any ($1::uuid[]) and resource <> $2)";

constexpr const char* fail_jobs_sql = R"(
with failed as (
    update pcmirror.jobs
    set state = case when answered_at is null then 'failed' else 'succeeded' end,
        confirmed = case when answered_at is not null then false end, finished_at = now(),
        last_error = $2 || case when sent_at is null then ''
                                else '; its last request got no answer, and may have taken effect' end
    where customer_id = any ($1::uuid[]) and state = 'queued'
    returning job_id)
delete from pcmirror.job_secrets s using failed f where s.job_id = f.job_id and not s.of_answer)";

constexpr const char* lock_customer_sql =
    "select from partner_center.customers where customer_id = $1::uuid for update";

constexpr const char* recount_sql = R"(
update pcmirror.sync_scopes set digest = null, row_count = row_count - 1
where resource = $1 and customer_id is null)";

std::uint64_t remove_children(
    pqxx::transaction_base& transaction,
    const Catalogue& catalogue,
    const Resource& customers,
    std::optional<std::int64_t> run_id,
    std::optional<std::int64_t> job_id,
    const std::string& leaving
) {
    std::uint64_t gone = 0;
    for (const Resource* child : catalogue) {
        if (child->parent != &customers)
            continue;
        for (const Table& table : child->tables)
            gone +=
                exec_bound(transaction, sql::delete_children(table), run_id, leaving, job_id)[0][0]
                    .as<std::uint64_t>();
    }
    return gone;
}

void forget(
    pqxx::transaction_base& transaction,
    const Resource& customers,
    const std::string& leaving,
    const std::string& reason
) {
    for (const char* sql : forget_customers_sql)
        exec_bound(transaction, sql, leaving);
    exec_bound(transaction, forget_touches_sql, leaving, std::string(customers.table().name));
    exec_bound(transaction, fail_jobs_sql, leaving, reason);
}

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
    const std::uint64_t gone =
        remove_children(transaction, catalogue, customers, run_id, std::nullopt, leaving.text());
    forget(
        transaction,
        customers,
        leaving.text(),
        "the customer is no longer among those of the partner"
    );
    return gone;
}

void remove_customer(
    pqxx::transaction_base& transaction,
    const Catalogue& catalogue,
    const Resource& customers,
    const std::string& customer_id,
    std::int64_t job_id
) {
    const std::string leaving = text_array({customer_id});
    const bool is_mirrored = !exec_bound(transaction, lock_customer_sql, customer_id).empty();
    exec_bound(transaction, sql::touch_removed(customers), leaving);
    if (!is_mirrored)
        return;
    const std::optional<std::int64_t> no_run;
    remove_children(transaction, catalogue, customers, no_run, job_id, leaving);
    for (const Table& table : customers.tables)
        exec_bound(transaction, sql::delete_children(table), no_run, leaving, job_id);
    forget(
        transaction, customers, leaving, "the relationship with the customer was ended by a job"
    );
    exec_bound(transaction, recount_sql, std::string(customers.name));
}

} // namespace pcmirror
