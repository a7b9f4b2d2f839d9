#pragma once

#include "schema/operation_catalogue.hpp"

#include <cstdint>
#include <pqxx/pqxx>

namespace pcmirror {

/// Writes what may be queued into pcmirror.operations and pcmirror.operation_fields, where it is
/// not what they have, and notes it for the daemon (0: none, a command). Throws `Error`
/// (fix_config) where another daemon that lives allows something else: two that disagree would
/// refuse each other's jobs.
void write_operations(
    pqxx::transaction_base& transaction,
    const OperationCatalogue& catalogue,
    const AllowedOperations& allowed,
    std::int64_t daemon_id
);

} // namespace pcmirror
