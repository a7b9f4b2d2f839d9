#pragma once

#include "tests/simulator/item.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace pcmirror::simulator {

inline constexpr Field qualification_fields[] = {
    {"qualification", "qualification", Kind::text},
    {"vettingStatus", "vetting_status", Kind::text},
    {"vettingReason", "vetting_reason", Kind::text},
    {"vettingCreateDate", "vetting_create_date", Kind::moment},
};

/// A customer's qualifications as the world was made: mostly none.
std::vector<Item> make_qualifications(std::uint64_t seed, std::uint32_t customer);

/// One that was just asked for: under review, unless nobody reviews it.
Item new_qualification(std::string_view qualification, Moment when);

} // namespace pcmirror::simulator
