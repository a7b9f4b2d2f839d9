#include "sync/db/upkeep.hpp"

#include "config/log.hpp"
#include "migrations/libpqxx.hpp"
#include "migrations/roles.hpp"
#include "schema/sql.hpp"

#include <utility>

namespace pcmirror {
namespace {

/// Comments follow the descriptions, not the migrations, so that wording needs no migration.
void write_comments(pqxx::connection& connection, const Catalogue& catalogue) {
    pqxx::work work(connection);
    work.exec("set local role " + work.conn().quote_name(acting_role(work)));
    for (const Resource* resource : catalogue)
        work.exec(sql::comments(*resource));
    work.commit();
}

} // namespace

MigrationStatus schema_status(const Secret& url) {
    const DatabaseConnection connection = open_database(url, "schema");
    try {
        return migration_status(*connection);
    } catch (...) {
        rethrow_database_error("reading the state of the schema");
    }
}

MigrateResult migrate_schema(
    const Secret& url, const Catalogue& catalogue, std::function<void(const Migration&)> starting
) {
    const DatabaseConnection connection = open_database(url, "migrate");
    try {
        MigrateOptions options;
        options.starting = std::move(starting);
        MigrateResult result = migrate(*connection, options);
        write_comments(*connection, catalogue);
        return result;
    } catch (...) {
        rethrow_database_error("migrating the database");
    }
}

std::string migration_script(const Secret& url, const Catalogue& catalogue) {
    const DatabaseConnection connection = open_database(url, "migrate");
    try {
        std::string script = pending_sql(*connection);
        if (script.empty())
            return script;
        for (const Resource* resource : catalogue)
            script += sql::comments(*resource);
        return script;
    } catch (...) {
        rethrow_database_error("reading the state of the schema");
    }
}

const Secret& migration_url(const DatabaseSettings& settings) {
    return settings.migrate_url.empty() ? settings.url : settings.migrate_url;
}

void ensure_schema(
    const DatabaseSettings& settings,
    const Catalogue& catalogue,
    std::function<void(const Migration&)> starting
) {
    if (settings.migrate_on_start && !schema_status(settings.url).current())
        migrate_schema(migration_url(settings), catalogue, std::move(starting));
    const DatabaseConnection connection = open_database(settings.url, "schema");
    try {
        require_current(*connection);
    } catch (...) {
        rethrow_database_error("reading the state of the schema");
    }
}

asio::awaitable<void> make_change_log_months(DatabasePool& pool) {
    co_await pool.run("making months of change_log", [](pqxx::connection& connection) {
        pqxx::work work(connection);
        try {
            work.exec("set local lock_timeout = '200ms'");
            work.exec("select pcmirror.make_change_log_partitions()");
            work.commit();
        } catch (const pqxx::sql_error& error) {
            event(Level::debug, "history.month_not_made", {{field::error, error.what()}});
        }
    });
}

asio::awaitable<std::int64_t> prune_history(DatabasePool& pool, std::chrono::seconds keep) {
    co_return co_await pool.run("pruning the history", [keep](pqxx::connection& connection) {
        pqxx::work work(connection);
        const pqxx::result row = exec_bound(
            work,
            "select pcmirror.prune_history(make_interval(secs => $1::double precision))",
            static_cast<double>(keep.count())
        );
        const auto pruned = row[0][0].as<std::int64_t>();
        work.commit();
        return pruned;
    });
}

} // namespace pcmirror
