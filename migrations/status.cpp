#include "migrations/status.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/hex.hpp"

#include <array>
#include <map>
#include <openssl/evp.h>

namespace pcmirror {
namespace {

bool is_initialised(pqxx::transaction_base& transaction) {
    return transaction
        .exec("select exists (select from pg_catalog.pg_class c"
              " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
              " where n.nspname = 'pcmirror' and c.relname = 'schema_migrations')")[0][0]
        .as<bool>();
}

std::vector<AppliedMigration> read_applied(pqxx::transaction_base& transaction) {
    std::vector<AppliedMigration> applied;
    const pqxx::result rows =
        transaction.exec("select version, name, checksum, applied_at, applied_by"
                         " from pcmirror.schema_migrations order by version");
    for (const auto& row : rows)
        applied.push_back(
            {row[0].as<int>(),
             row[1].as<std::string>(),
             row[2].as<std::string>(),
             row[3].as<std::string>(),
             row[4].as<std::string>()}
        );
    return applied;
}

MigrationStatus compare(std::vector<AppliedMigration> applied, std::span<const Migration> known) {
    MigrationStatus status{.initialised = true, .applied = std::move(applied)};
    std::map<int, const AppliedMigration*> left;
    for (const AppliedMigration& row : status.applied)
        left[row.version] = &row;
    const int newest = status.applied.empty() ? 0 : status.applied.back().version;
    for (const Migration& migration : known) {
        const auto found = left.find(migration.version);
        if (found == left.end() && migration.version < newest)
            status.altered.emplace_back(migration.name);
        else if (found == left.end())
            status.pending.push_back(migration);
        else if (found->second->checksum != checksum(migration))
            status.altered.push_back(found->second->name);
        left.erase(migration.version);
    }
    for (const auto& [version, row] : left)
        status.ahead.push_back(row->name);
    return status;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

} // namespace

MigrationStatus read_status(pqxx::transaction_base& transaction, std::span<const Migration> known) {
    if (!is_initialised(transaction))
        return {.pending = {known.begin(), known.end()}};
    try {
        return compare(read_applied(transaction), known);
    } catch (const pqxx::insufficient_privilege&) {
        throw Error(
            Recovery::fix_database,
            "the connected role may not read pcmirror.schema_migrations",
            "as a superuser run: grant pcmirror_daemon to the role in database.url; where that is "
            "done, pcmirror migrate (as the owner) grants what pcmirror_daemon needs"
        );
    }
}

void refuse_strange(const MigrationStatus& status) {
    if (!status.ahead.empty())
        throw Error(
            Recovery::fix_database,
            "the database is newer than this program: it has " + joined(status.ahead),
            "update pcmirror to the version that migrated this database"
        );
    if (!status.altered.empty())
        throw Error(
            Recovery::fix_database,
            "the database was migrated with other files than this program carries: " +
                joined(status.altered),
            "use the release that migrated this database; a released migration never changes"
        );
}

std::string checksum(const Migration& migration) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(
            migration.sql.data(), migration.sql.size(), digest.data(), &size, EVP_sha256(), nullptr
        ) != 1)
        throw Error(Recovery::bug, "SHA-256 is not available");
    return hex({reinterpret_cast<const char*>(digest.data()), size});
}

MigrationStatus migration_status(pqxx::connection& connection, std::span<const Migration> known) {
    pqxx::nontransaction look(connection);
    return read_status(look, known);
}

void require_current(pqxx::connection& connection, std::span<const Migration> known) {
    const MigrationStatus status = migration_status(connection, known);
    refuse_strange(status);
    if (!status.initialised)
        throw Error(
            Recovery::fix_database,
            "the database has no pcmirror schema yet",
            "run: pcmirror migrate"
        );
    if (!status.pending.empty())
        throw Error(
            Recovery::fix_database,
            "the database is older than this program: it lacks " +
                std::string(status.pending.front().name) +
                (status.pending.size() > 1
                     ? " and " + std::to_string(status.pending.size() - 1) + " more"
                     : ""),
            "run: pcmirror migrate"
        );
}

int schema_version(pqxx::transaction_base& transaction) {
    return transaction
        .exec("select coalesce(max(version), 0) from pcmirror.schema_migrations")[0][0]
        .as<int>();
}

void hold_schema(pqxx::transaction_base& transaction, std::span<const Migration> known) {
    const int expected = known.empty() ? 0 : known.back().version;
    // Two statements in one exchange: the second one's snapshot is taken once the lock is held.
    const int found =
        transaction
            .exec(
                "select pg_catalog.pg_advisory_xact_lock_shared(" + std::string(schema_lock) +
                "); select coalesce(max(version), 0) from pcmirror.schema_migrations"
            )[0][0]
            .as<int>();
    if (found == expected)
        return;
    throw Error(
        Recovery::fix_database,
        "the database is at schema version " + std::to_string(found) + ", this program knows " +
            std::to_string(expected),
        found < expected ? "run: pcmirror migrate" : "update pcmirror, then start it again"
    );
}

} // namespace pcmirror
