#pragma once

#include "tests/simulator/item.hpp"

#include <cstdint>
#include <vector>

namespace pcmirror::simulator {

// Amounts are numbers of any precision.
inline constexpr Field budget_fields[] = {
    {"amount", "amount", Kind::json},
    {"usageSpendingBudget", "", Kind::json},
};

/// A customer's spending budget as the world was made: one, perhaps without an amount.
std::vector<Item> make_budget(std::uint64_t seed, std::uint32_t customer);

/// `amount`: text of a number; nothing: no budget.
Item budget_of(const Value& amount);

} // namespace pcmirror::simulator
