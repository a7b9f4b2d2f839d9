#pragma once

#include "schema/resource.hpp"
#include "sync/db/row_reads.hpp"
#include "sync/db/scope.hpp"

#include <optional>
#include <pqxx/pqxx>

namespace pcmirror {

/// The work of `RowReadStore::next` on one connection, in transactions of its own.
std::optional<RowPortion> search_rows(
    pqxx::connection& connection,
    const Resource& resource,
    const Lease& lease,
    RowProgress& progress,
    const RowReadOptions& options
);

} // namespace pcmirror
