#include "migrations/system_catalogue.hpp"

#include "migrations/libpqxx.hpp"

namespace pcmirror {
namespace {

// Since version 16 membership alone does not entitle to SET ROLE.
constexpr std::string_view may_act_sql = R"(
    select exists (
        select from pg_catalog.pg_roles
        where rolname = $1 and pg_catalog.pg_has_role(
            current_user, oid,
            case when pg_catalog.current_setting('server_version_num')::integer >= 160000
                 then 'SET' else 'MEMBER' end))
)";

constexpr const char* owner_sql = R"(
    select pg_catalog.pg_get_userbyid(nspowner) from pg_catalog.pg_namespace where nspname = 'pcmirror'
)";

bool ask(pqxx::transaction_base& transaction, std::string_view sql, std::string_view value) {
    return exec_bound(transaction, std::string(sql), std::string(value))[0][0].as<bool>();
}

} // namespace

bool role_exists(pqxx::transaction_base& transaction, std::string_view role) {
    return ask(
        transaction, "select exists (select from pg_catalog.pg_roles where rolname = $1)", role
    );
}

bool schema_exists(pqxx::transaction_base& transaction, std::string_view schema) {
    return ask(
        transaction,
        "select exists (select from pg_catalog.pg_namespace where nspname = $1)",
        schema
    );
}

bool may_act_as(pqxx::transaction_base& transaction, std::string_view role) {
    return ask(transaction, may_act_sql, role);
}

bool may_create_schemas(pqxx::transaction_base& transaction, std::string_view role) {
    return ask(
        transaction,
        "select pg_catalog.has_database_privilege($1, pg_catalog.current_database(), 'create')",
        role
    );
}

bool table_exists(pqxx::transaction_base& transaction, std::string_view table) {
    return ask(transaction, "select pg_catalog.to_regclass($1) is not null", table);
}

std::optional<std::string> schema_owner(pqxx::transaction_base& transaction) {
    const pqxx::result found = transaction.exec(owner_sql);
    if (found.empty())
        return std::nullopt;
    return found[0][0].as<std::string>();
}

} // namespace pcmirror
