#pragma once

#include "sync/db/row_portion.hpp"
#include "sync/poll/read_scope.hpp"

#include <cstddef>
#include <functional>

namespace pcmirror {

struct ReadRowsOptions {
    ReadOptions read;
    std::size_t at_once = 16;         ///< requests of the portion in flight
    std::function<void()> asked = {}; ///< told of each row that was asked about
    bool ever_read = false; ///< some row of the scope was read before, so that it is not refused
};

/// Asks about the rows of a portion, one request each. Rows that can't be read are counted among
/// the troubles and owed to the next pass; they cost the others nothing. Where nothing but refusals
/// comes back, the scope is refused, and there is no reading. Where no usable answer comes back for
/// many rows in a row, the rest is not asked. When it is cancelled it returns what it has, with the
/// rest owed, and shuts out cancellation from then on. Throws as `read_scope` does.
asio::awaitable<ReadScope> read_rows(
    PartnerCenter& api,
    const Resource& resource,
    Lease lease,
    RowPortion portion,
    ReadRowsOptions options
);

} // namespace pcmirror
