#pragma once

#include "schema/operation_catalogue.hpp"
#include "tests/support/job_world.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::testing {

/// A job of an operation that changes something, once, wherever it is done.
struct SampleJob {
    std::string_view operation = {};
    /// Its payload for a customer (empty where the operation is of none), after bringing the world
    /// into a state in which it changes something. Nothing: another customer is wanted.
    std::optional<nlohmann::json> (*payload
    )(const JobWorld& world, const std::string& customer) = nullptr;
    std::string_view why_none = {}; ///< where there is no payload
};

/// One for each operation of the catalogue.
std::span<const SampleJob> sample_jobs();

/// Of an operation; null: there is none.
const SampleJob* sample_job(std::string_view operation);

/// A job to be queued.
struct PreparedJob {
    std::string customer; ///< empty: of the partner itself
    nlohmann::json payload;
};

/// So many jobs of one operation, each for another customer. Throws where the world has too few.
std::vector<PreparedJob>
prepare_jobs(const JobWorld& world, const Operation& operation, std::size_t number);

} // namespace pcmirror::testing
