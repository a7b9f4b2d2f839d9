#pragma once

#include <pqxx/pqxx>
#include <string>

namespace pcmirror {

/// Makes scopes due: they count as never asked, until a reading that is asked for later has ended
/// (pcmirror.sync_scopes, `due_since`), and who listens to `pcmirror_due` is told. Two PostgreSQL
/// arrays of the same length, as text: resources, and customers, NULL for the partner's own scope.
/// Throws what libpqxx throws.
void make_due(
    pqxx::transaction_base& transaction, const std::string& resources, const std::string& customers
);

} // namespace pcmirror
