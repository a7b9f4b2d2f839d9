#pragma once

#include "sync/db/pool.hpp"
#include "sync/gateway/budget.hpp"
#include "sync/http/clock.hpp"

#include <memory>

namespace pcmirror {

/// The budget in pcmirror.request_budget, by the database's clock: all processes on one database
/// take from one bucket, in chunks of about a second's worth, so that the row stays cool. A
/// database that can't be asked grants nothing: no request leaves uncounted. Where that may pass
/// it is waited for, a minute long; everything else is thrown as the `DatabaseError` that it is.
/// `per_minute` 0 counts nothing and shares only what the API holds back.
std::unique_ptr<SharedBudget>
make_database_budget(DatabasePool& pool, int per_minute, Clock& clock = system_clock());

} // namespace pcmirror
