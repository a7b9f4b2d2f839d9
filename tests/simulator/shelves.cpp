#include "tests/simulator/shelves.hpp"

#include "tests/simulator/agreements.hpp"
#include "tests/simulator/budgets.hpp"
#include "tests/simulator/policies.hpp"
#include "tests/simulator/qualifications.hpp"

namespace pcmirror::simulator {

std::vector<Item> empty_shelf(Shelf which) {
    return which == Shelf::budget ? std::vector{budget_of({})} : std::vector<Item>();
}

std::vector<Item> make_shelf(std::uint64_t seed, std::uint32_t customer, Shelf which) {
    switch (which) {
    case Shelf::agreements:
        return make_agreements(seed, customer);
    case Shelf::qualifications:
        return make_qualifications(seed, customer);
    case Shelf::budget:
        return make_budget(seed, customer);
    case Shelf::policies:
        return make_policies(seed, customer);
    case Shelf::domains:
        return {};
    }
    return {};
}

} // namespace pcmirror::simulator
