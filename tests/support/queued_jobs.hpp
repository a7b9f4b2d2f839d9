#pragma once

#include "tests/support/sample_jobs.hpp"
#include "tests/support/test_database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::testing {

/// All that the catalogue has, for `write_back.operations`.
std::vector<std::string> operation_names();

/// Queues a job in SQL, as operators do; its number.
long long enqueue(const TestDatabase& database, std::string_view operation, const PreparedJob& job);

/// How often an operation left the world as it was not before; `customer` empty: anybody's.
long long
changes(const Simulator& simulator, std::string_view operation, const std::string& customer);

} // namespace pcmirror::testing
