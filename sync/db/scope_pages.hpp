#pragma once

#include "sync/db/scope.hpp"

#include <pqxx/pqxx>
#include <vector>

namespace pcmirror {

/// Keeps what the pages of readings looked like, beside the digests that are stored in the same
/// transaction or have just been found there.
void store_pages(
    pqxx::transaction_base& transaction, const std::vector<const ScopeReading*>& readings
);

} // namespace pcmirror
