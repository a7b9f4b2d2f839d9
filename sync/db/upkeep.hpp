#pragma once

#include "config/settings.hpp"
#include "migrations/migrate.hpp"
#include "schema/catalogue.hpp"
#include "sync/db/pool.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace pcmirror {

/// What the database has and lacks. Blocks. Throws `DatabaseError`.
MigrationStatus schema_status(const Secret& url);

/// Brings the database up to date, comments of the mirrored tables included. `url` is that of the
/// owner. Blocks. Throws `Error` (fix_database).
MigrateResult migrate_schema(
    const Secret& url,
    const Catalogue& catalogue,
    std::function<void(const Migration&)> starting = {}
);

/// What `migrate_schema` would run, as a script for psql; empty when nothing is pending. Blocks.
std::string migration_script(const Secret& url, const Catalogue& catalogue);

/// The URL that migrations run under.
const Secret& migration_url(const DatabaseSettings& settings);

/// For the start of whatever works on the database: migrates it where that is needed and
/// `migrate_on_start` allows it. Blocks. Throws `Error` (fix_database) unless the schema is then
/// exactly the one that this program knows.
void ensure_schema(
    const DatabaseSettings& settings,
    const Catalogue& catalogue,
    std::function<void(const Migration&)> starting = {}
);

/// Makes the months of change_log that are about to be needed; where that would have to wait for
/// somebody who reads it, it is left to the next time: there are two months' time, and what belongs
/// to no month has a place, too.
asio::awaitable<void> make_change_log_months(DatabasePool& pool);

/// Removes entries of change_log and sync_runs that are older. Returns how many entries of
/// change_log that were, without those of months dropped as a whole.
asio::awaitable<std::int64_t> prune_history(DatabasePool& pool, std::chrono::seconds keep);

} // namespace pcmirror
