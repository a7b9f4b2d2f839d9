#pragma once

#include "migrations/migrate.hpp"

#include <string_view>

namespace pcmirror {

/// Arguments of the advisory lock that migrations hold exclusively and writing transactions share.
inline constexpr std::string_view schema_lock = "1885564269, 1"; // "pcmm"

/// `migration_status` inside a transaction.
MigrationStatus read_status(pqxx::transaction_base& transaction, std::span<const Migration> known);

/// Throws `Error` (fix_database) where the database is ahead or altered.
void refuse_strange(const MigrationStatus& status);

} // namespace pcmirror
