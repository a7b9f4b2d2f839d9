#include "migrations/migrate.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/privileges.hpp"
#include "migrations/roles.hpp"
#include "migrations/status.hpp"

#include <optional>

namespace pcmirror {
namespace {

constexpr std::string_view bootstrap_sql = R"(
    create table if not exists pcmirror.schema_migrations (
        version integer primary key check (version > 0),
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default pg_catalog.now(),
        applied_by text not null default session_user
    );
    comment on table pcmirror.schema_migrations is 'schema changes that were applied to this database';
    comment on column pcmirror.schema_migrations.checksum is 'SHA-256 of the file, in hex';
    comment on column pcmirror.schema_migrations.applied_by is 'the role that connected';
)";

std::string first_line(std::string_view text) {
    constexpr std::string_view prefix = "ERROR:  ";
    if (text.starts_with(prefix))
        text.remove_prefix(prefix.size());
    return std::string(text.substr(0, text.find('\n')));
}

void set_limits(pqxx::transaction_base& transaction, std::chrono::milliseconds lock_timeout) {
    transaction.exec(
        "set local lock_timeout = " + std::to_string(lock_timeout.count()) +
        "; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0"
        "; set local search_path = ''"
    );
}

void lock_schema(pqxx::transaction_base& transaction) {
    try {
        transaction.exec(
            "select pg_catalog.pg_advisory_xact_lock(" + std::string(schema_lock) + ")"
        );
    } catch (const pqxx::sql_error& error) {
        if (error.sqlstate() != "55P03")
            throw;
        throw Error(
            Recovery::fix_database,
            "another migration, or a long write, has had this database locked for too long",
            "wait until it has ended and run: pcmirror migrate"
        );
    }
}

void act_as_owner(pqxx::transaction_base& transaction) {
    const std::string role = acting_role(transaction);
    if (!transaction.exec("select pg_catalog.to_regnamespace('pcmirror') is not null")[0][0]
             .as<bool>())
        transaction.exec(
            "create schema pcmirror authorization " + transaction.conn().quote_name(role)
        );
    transaction.exec("set local role " + transaction.conn().quote_name(role));
}

void bootstrap(pqxx::connection& connection, const MigrateOptions& options) {
    pqxx::work work(connection);
    set_limits(work, options.lock_timeout);
    lock_schema(work);
    act_as_owner(work);
    work.exec(std::string(bootstrap_sql));
    work.commit();
}

void run_sql(pqxx::transaction_base& transaction, const Migration& migration) {
    try {
        transaction.exec(std::string(migration.sql));
    } catch (const pqxx::sql_error& error) {
        const bool busy = error.sqlstate() == "55P03";
        throw Error(
            Recovery::fix_database,
            "migration " + std::string(migration.name) + " failed: " + first_line(error.what()),
            busy ? "a table is in use: end what uses it, and run: pcmirror migrate"
                 : "nothing of it was kept; what came before it stays"
        );
    }
}

/// Applies the first pending migration, if any, and returns its name. Reads the state again under
/// the lock, so several processes may migrate at once.
std::optional<std::string> apply_next(pqxx::connection& connection, const MigrateOptions& options) {
    pqxx::work work(connection);
    set_limits(work, options.lock_timeout);
    lock_schema(work);
    const MigrationStatus status = read_status(work, options.known);
    refuse_strange(status);
    if (status.pending.empty())
        return std::nullopt;
    const Migration& next = status.pending.front();
    if (options.starting)
        options.starting(next);
    act_as_owner(work);
    run_sql(work, next);
    exec_bound(
        work,
        "insert into pcmirror.schema_migrations (version, name, checksum) values ($1, $2, $3)",
        next.version,
        std::string(next.name),
        checksum(next)
    );
    work.commit();
    return std::string(next.name);
}

void grant_all(pqxx::connection& connection, const MigrateOptions& options) {
    pqxx::work work(connection);
    set_limits(work, options.lock_timeout);
    lock_schema(work);
    act_as_owner(work);
    grant_privileges(work);
    work.commit();
}

bool lacks_privileges(pqxx::connection& connection) {
    pqxx::nontransaction look(connection);
    return privileges_missing(look);
}

} // namespace

std::string pending_sql(pqxx::connection& connection, std::span<const Migration> known) {
    const MigrationStatus status = migration_status(connection, known);
    refuse_strange(status);
    if (status.pending.empty())
        return {};
    const RolePlan roles = plan_roles(connection);
    std::string sql = roles.before + "set search_path = '';\n";
    if (!status.initialised)
        sql += "create schema if not exists pcmirror;\n" + std::string(bootstrap_sql);
    for (const Migration& migration : status.pending)
        sql += "\n-- " + std::string(migration.name) + "\nbegin;\n" + std::string(migration.sql) +
               "\ninsert into pcmirror.schema_migrations (version, name, checksum) values (" +
               std::to_string(migration.version) + ", " +
               connection.quote(std::string(migration.name)) + ", '" + checksum(migration) +
               "');\ncommit;\n";
    return sql + "\n" + roles.grants;
}

MigrateResult migrate(pqxx::connection& connection, const MigrateOptions& options) {
    const MigrationStatus before = migration_status(connection, options.known);
    refuse_strange(before);
    MigrateResult result{.statements = ensure_roles(connection)};
    if (!before.initialised)
        bootstrap(connection, options);
    if (!before.pending.empty())
        while (const std::optional<std::string> name = apply_next(connection, options))
            result.applied.push_back(*name);
    if (!result.applied.empty() || lacks_privileges(connection))
        grant_all(connection, options);
    return result;
}

} // namespace pcmirror
