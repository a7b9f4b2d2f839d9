#include "tests/simulator/budgets.hpp"

#include "tests/simulator/draw.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

Item budget_of(const Value& amount) {
    return {.values = {amount, amount}, .unknown = {}};
}

std::vector<Item> make_budget(std::uint64_t seed, std::uint32_t customer) {
    Draw draw(mix(seed, 0xb0d6e7, customer));
    if (!draw.one_in(3))
        return {budget_of({})};
    return {budget_of(Json{fmt::format("{}.{:02}", 100 + draw.below(10'000), draw.below(100))})};
}

} // namespace pcmirror::simulator
