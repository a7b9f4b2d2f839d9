#pragma once

#include "schema/resource.hpp"

#include <cstdint>
#include <pqxx/pqxx>

namespace pcmirror {

inline constexpr int page_rows = 500; ///< rows of a page of listings that page

/// What passes over a resource have to ask.
struct ResourceLoad {
    /// What was never read and has to be before anything of this is known; null: it is known.
    const Resource* waits_for = nullptr;
    std::uint64_t scopes = 0; ///< that are asked: neither refused nor excluded
    std::uint64_t pages = 0;  ///< of page_rows rows, at least one for each scope
    /// Of what is read row by row: rows that are asked about once, in first readings.
    std::uint64_t first_rows = 0;
    std::uint64_t owed_rows = 0;     ///< that the next pass asks about in any case
    std::uint64_t searched_rows = 0; ///< that it is likely to, since counters deviate
    std::uint64_t rolling_rows = 0;  ///< that are asked about in turn, in the rolling re-read
};

/// Blocks.
ResourceLoad read_load(pqxx::connection& connection, const Resource& resource);

} // namespace pcmirror
