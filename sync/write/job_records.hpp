#pragma once

#include "schema/catalogue.hpp"
#include "sync/write/job.hpp"

#include <pqxx/pqxx>
#include <set>
#include <vector>

namespace pcmirror {

/// Writes records of different jobs within one transaction. Returns the jobs that were still this
/// process's; nothing is written of the others.
std::set<std::int64_t> write_records(
    pqxx::transaction_base& work,
    const Catalogue& catalogue,
    const std::vector<const JobRecord*>& records
);

} // namespace pcmirror
