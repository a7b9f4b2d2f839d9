#pragma once

#include "schema/error.hpp"

#include <chrono>
#include <functional>
#include <pqxx/pqxx>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// One numbered SQL file, embedded in the binary.
struct Migration {
    int version = 0;
    std::string_view name; ///< `0001_engine`
    std::string_view sql;
};

/// The shipped migrations in order.
std::span<const Migration> migrations();

/// SHA-256 of a migration's text in hex.
std::string checksum(const Migration& migration);

/// A row of `pcmirror.schema_migrations`.
struct AppliedMigration {
    int version = 0;
    std::string name;
    std::string checksum;
    std::string applied_at; ///< as PostgreSQL writes it
    std::string applied_by; ///< the role that connected
};

/// What a database has and what it lacks.
struct MigrationStatus {
    bool initialised = false; ///< `pcmirror.schema_migrations` exists
    std::vector<AppliedMigration> applied;
    std::vector<Migration> pending;
    std::vector<std::string> ahead;   ///< applied, but unknown to this program
    std::vector<std::string> altered; ///< applied with another text, or passed over

    [[nodiscard]] bool current() const {
        return initialised && pending.empty() && ahead.empty() && altered.empty();
    }
};

/// Reads the state of a database; writes nothing. Blocks. Throws `Error` (fix_database) where the
/// role may not look.
MigrationStatus
migration_status(pqxx::connection& connection, std::span<const Migration> known = migrations());

/// The SQL that `migrate` would run now, as a script for psql: roles, each pending migration in a
/// transaction of its own, grants. Empty when nothing is pending. Writes nothing. Blocks.
std::string
pending_sql(pqxx::connection& connection, std::span<const Migration> known = migrations());

struct MigrateOptions {
    std::span<const Migration> known = migrations();
    /// How long to wait for another migration, or for a table that is in use.
    std::chrono::milliseconds lock_timeout = std::chrono::seconds(30);
    /// Called before each migration.
    std::function<void(const Migration&)> starting = {};
};

struct MigrateResult {
    std::vector<std::string> applied; ///< names, in order
    /// For a superuser to run: roles that could not be created or granted. The mirror works
    /// without them, as the connected role.
    std::vector<std::string> statements;
};

/// Brings a database up to date: roles, the table of migrations, each pending migration in a
/// transaction of its own together with its row, privileges. What is current is not written to. Any
/// number of processes may call this at once. Blocks. Throws `Error` (fix_database): ahead,
/// altered, missing rights, a failing migration (which leaves no trace), a lock that was not to be
/// had.
MigrateResult migrate(pqxx::connection& connection, const MigrateOptions& options = {});

/// Throws `Error` (fix_database) unless the database is exactly what this program knows.
void require_current(pqxx::connection& connection, std::span<const Migration> known = migrations());

/// The newest applied version, 0 when there is none: one indexed read.
int schema_version(pqxx::transaction_base& transaction);

/// For the start of every transaction that writes: no migration runs until it ends, and the schema
/// is the one that this program knows. Else throws `Error` (fix_database).
void hold_schema(
    pqxx::transaction_base& transaction, std::span<const Migration> known = migrations()
);

} // namespace pcmirror
