#pragma once

#include "schema/catalogue.hpp"

#include <cstdint>
#include <pqxx/pqxx>
#include <string>

namespace pcmirror {

/// Deletes the rows and scopes of the customers that the staged customer list lacks and that may be
/// deleted (contract, rule 4): each row is logged. The customers' own rows are left to
/// `sql::delete_rows`, in the same transaction. Returns how many rows went.
std::uint64_t remove_leaving_customers(
    pqxx::transaction_base& transaction,
    const Catalogue& catalogue,
    const Resource& customers,
    std::int64_t run_id
);

/// Takes one customer with all its rows and scopes out of the mirror, each row logged, since a job
/// has ended the relationship; its queued jobs fail with that reason. Polls that still list the
/// customer don't bring it back (contract, rule 7).
void remove_customer(
    pqxx::transaction_base& transaction,
    const Catalogue& catalogue,
    const Resource& customers,
    const std::string& customer_id,
    std::int64_t job_id
);

} // namespace pcmirror
