#include "daemon/prepare.hpp"

#include "config/log.hpp"
#include "daemon/write_back.hpp"
#include "schema/catalogue.hpp"
#include "sync/db/upkeep.hpp"

namespace pcmirror {

void prepare_schema(const Settings& settings) {
    bool migrated = false;
    ensure_schema(settings.database, catalogue(), [&](const Migration& migration) {
        migrated = true;
        event(Level::info, "migration.starting", {{"migration", migration.name}});
    });
    if (migrated)
        publish_operations(settings.database.url, settings);
}

void require_schema(const Settings& settings) {
    DatabaseSettings database = settings.database;
    database.migrate_on_start = false;
    ensure_schema(database, catalogue());
}

} // namespace pcmirror
