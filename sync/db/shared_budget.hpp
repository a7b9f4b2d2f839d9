#pragma once

#include "sync/db/pool.hpp"
#include "sync/gateway/budget.hpp"

#include <memory>

namespace pcmirror {

/// The budget in pcmirror.request_budget, by the database's clock: all processes on one database
/// take from one bucket, in chunks of about a second's worth, so that the row stays cool. A
/// database that can't be asked grants nothing: no request leaves uncounted.
std::unique_ptr<SharedBudget> make_database_budget(DatabasePool& pool, int per_minute);

} // namespace pcmirror
