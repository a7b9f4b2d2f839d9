#pragma once

#include "config/settings.hpp"

namespace pcmirror {

/// For commands that work on the database: migrates it where `migrate_on_start` allows, and logs
/// what it applies. Blocks. Throws `Error` (fix_database) unless the schema is then the one that
/// this program knows.
void prepare_schema(const Settings& settings);

/// The same for commands that only look: never migrates.
void require_schema(const Settings& settings);

} // namespace pcmirror
