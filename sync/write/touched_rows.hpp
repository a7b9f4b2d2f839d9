#pragma once

#include "schema/resource.hpp"
#include "sync/db/scope.hpp"

#include <pqxx/pqxx>
#include <vector>

namespace pcmirror {

/// Brings rows of the mirror to what jobs have made of them, apart from their listings: no lease is
/// needed. Inserts and updates the rows of the readings; of what is read row by row it also deletes
/// what the answers for the `covered` rows lack. change_log names the job. The scope's next poll
/// compares all rows, and one that asked before `asked_at`, or still reads what was before, leaves
/// these rows alone (pcmirror.touched_rows; contract, rule 7). Does nothing for customers that have
/// left the mirror. May be repeated. The readings are of different customers; of a lease only the
/// customer, `asked_at` and `scope_id` count, which is the number of the job.
void apply_touched_rows(
    pqxx::transaction_base& work,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
);

} // namespace pcmirror
