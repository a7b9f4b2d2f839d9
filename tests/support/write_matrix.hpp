#pragma once

#include "schema/operation_catalogue.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::testing {

/// What may happen while something is written back.
struct WriteFault {
    std::string_view name = {};
    std::string_view comment = {};
    /// A rule for the simulator, as JSON; empty: it happens to the process.
    std::string_view rule = {};
    /// The request may be sent again, so that it matters what becomes of its id.
    bool repeats = false;
    /// There is an effect that nobody was told of, so that it matters when it shows.
    bool acted = false;
};

std::span<const WriteFault> write_faults();

/// What the API does with a request id that it has seen: answers as it did, acts again, or acts
/// again once it has forgotten it.
inline constexpr std::string_view id_modes[] = {"replay", "ignore", "forget"};

/// One way in which a job must have one effect.
struct WriteCell {
    const Operation* operation = nullptr;
    const WriteFault* fault = nullptr;
    std::string_view ids = {};
    bool lag = false;   ///< reads show the effect late, though before the settle time is over
    std::string exempt; ///< why it is not tested; empty: it is
};

/// Every operation of the catalogue with every fault, in every way.
std::vector<WriteCell> write_matrix();

/// Those of an operation and a mode that are tested: what happens to requests, or to processes.
std::vector<WriteCell> cells_of_requests(const Operation& operation, std::string_view ids);
std::vector<WriteCell> cells_of_processes(const Operation& operation, std::string_view ids);

/// The operations that processes are killed at.
std::vector<std::string> killed_operations();

/// What the mirror must know for jobs of an operation, parents first.
std::vector<std::string> resources_for(const Operation& operation);
/// Of these, what it shows as soon as they have succeeded.
std::vector<std::string> resources_shown_by(const Operation& operation);

/// How many cells there are of each operation and fault, and which are exempt for which reason.
std::string write_matrix_text();

} // namespace pcmirror::testing
