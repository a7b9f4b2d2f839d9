#pragma once

#include "schema/resource.hpp"

#include <array>
#include <cstdint>
#include <pqxx/pqxx>

namespace pcmirror {

/// Whom a search in one scope may ask, by how likely they are behind what the counters say.
struct Suspects {
    std::uint64_t changed = 0; ///< since the last pass: asked first, all of them
    /// Who may have lost something; who has nothing yet; who has something; who can hardly get
    /// anything.
    std::array<std::uint64_t, 4> others{};
};

/// Rows that a search is likely to ask about in one pass, for so many rows that came and went:
/// those who changed where they suffice, else the mean over all places at which those sought may
/// stand. Pure.
double likely_search(std::uint64_t risen, std::uint64_t fallen, const Suspects& suspects);

/// Rows that the next pass is likely to ask about because of counters that deviate by now, in all
/// scopes together.
std::uint64_t rows_to_search(pqxx::transaction_base& transaction, const Resource& resource);

} // namespace pcmirror
