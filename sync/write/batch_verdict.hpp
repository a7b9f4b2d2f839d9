#pragma once

#include "sync/write/request_needs.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror {

/// What is to be known about a line before it is queued.
enum class FindingKind {
    refused,       ///< it would not be queued, and with it nothing
    already_there, ///< a job with its idempotency key is there
    no_op,         ///< the mirror, or an earlier line, has it so already
    unknown,       ///< what it changes is neither mirrored nor made by an earlier line
    missing_seats, ///< it assigns a license for which no seat is left
    conflict,      ///< another line or a queued job wants something else
    name_clash,    ///< the name or domain is somebody else's
};

std::string_view to_string(FindingKind kind);

/// Whether the line would fail, or undo what another one does.
bool is_trouble(FindingKind kind);

struct Finding {
    std::uint64_t line = 0;
    FindingKind kind = FindingKind::no_op;
    std::string text; ///< without values of secret fields
};

/// Seats of a customer's product that a batch takes.
struct SeatCount {
    std::string name; ///< of the product
    std::int64_t available = 0;
    std::int64_t queued = 0;  ///< of them: taken by jobs that wait; below 0: they give some back
    std::int64_t wanted = 0;  ///< assigned, less those that are given back
    std::int64_t missing = 0; ///< licenses that found none left
};

/// What a batch would come to.
struct BatchVerdict {
    std::uint64_t lines = 0;
    std::uint64_t to_queue = 0; ///< would be new jobs, were no line refused
    std::vector<Finding> findings;
    std::map<std::pair<std::string, std::string>, SeatCount> seats; ///< by customer and product
    RequestNeeds needs;
    std::uint64_t listings = 0;     ///< scopes that are due at once afterwards
    std::string busiest_customer;   ///< empty: the partner itself
    std::uint64_t busiest_jobs = 0; ///< they are done one after the other

    [[nodiscard]] std::uint64_t requests() const { return needs.all() + listings; }

    [[nodiscard]] std::uint64_t count(FindingKind kind) const;

    /// All or nothing.
    [[nodiscard]] std::uint64_t would_be_queued() const {
        return count(FindingKind::refused) > 0 ? 0 : to_queue;
    }
};

} // namespace pcmirror
