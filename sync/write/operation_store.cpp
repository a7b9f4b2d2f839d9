#include "sync/write/operation_store.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/error.hpp"
#include "sync/db/leases.hpp"

#include <fmt/format.h>
#include <string>

namespace pcmirror {
namespace {

constexpr const char* lock_sql = "select pg_advisory_xact_lock(hashtext('pcmirror.operations'))";

constexpr const char* stored_sql =
    "select digest from pcmirror.operations_written where digest = md5($1)";

constexpr const char* disagree_sql = R"(
select d.daemon_id, d.pid, d.host from pcmirror.daemons d
where d.operations is not null and d.operations <> md5($1) and d.daemon_id <> $2::bigint and )";

constexpr const char* clear_sql = "delete from pcmirror.operations";

constexpr const char* write_sql = R"(
insert into pcmirror.operations
select operation, comment, method, path, per_customer, takes_expect, spends_money, allowed
from jsonb_to_recordset($1::jsonb) as x (
    operation text, comment text, method text, path text, per_customer boolean,
    takes_expect boolean, spends_money boolean, allowed boolean))";

constexpr const char* write_fields_sql = R"(
insert into pcmirror.operation_fields (operation, field, position, comment, type, need, or_field, place, nullable, secret,
    of_customer, one_of, allowed, spends_money, spending_value)
select x.operation, f.field, f.position, f.comment, f.type, f.need, f.or_field, f.place, f.nullable,
    f.secret, f.of_customer, f.one_of, f.allowed, f.spends_money, nullif(f.spending_value, 'null')
from jsonb_to_recordset($1::jsonb) as x (operation text, fields jsonb)
cross join lateral rows from (jsonb_to_recordset(x.fields) as (
    field text, comment text, type text, need text, or_field text, place text, nullable boolean,
    secret boolean, of_customer boolean, one_of text[], allowed boolean, spends_money boolean,
    spending_value jsonb)) with ordinality as f (
    field, comment, type, need, or_field, place, nullable, secret, of_customer, one_of, allowed,
    spends_money, spending_value, position))";

constexpr const char* note_sql = R"(
insert into pcmirror.operations_written (digest) values (md5($1))
on conflict (only_row) do update set digest = excluded.digest, written_at = now())";

constexpr const char* note_daemon_sql =
    "update pcmirror.daemons set operations = md5($1) where daemon_id = $2::bigint";

} // namespace

void write_operations(
    pqxx::transaction_base& transaction,
    const OperationCatalogue& catalogue,
    const AllowedOperations& allowed,
    std::int64_t daemon_id
) {
    const std::string json = operations_json(catalogue, allowed);
    transaction.exec(lock_sql);
    const pqxx::result others =
        exec_bound(transaction, disagree_sql + leases::alive("d.daemon_id"), json, daemon_id);
    if (!others.empty())
        throw Error(
            Recovery::fix_config,
            fmt::format(
                "another daemon (process {} on {}) allows other operations, or knows others",
                others[0][1].c_str(),
                others[0][2].c_str()
            ),
            "give all daemons of this database the same version and the same "
            "write_back.operations; stop the others first where these change"
        );
    if (daemon_id != 0)
        exec_bound(transaction, note_daemon_sql, json, daemon_id);
    if (!exec_bound(transaction, stored_sql, json).empty())
        return;
    transaction.exec(clear_sql);
    exec_bound(transaction, write_sql, json);
    exec_bound(transaction, write_fields_sql, json);
    exec_bound(transaction, note_sql, json);
}

} // namespace pcmirror
