#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/wire.hpp"
#include "tests/simulator/world.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// Appends the row that a mirror must show for an item, as one line of JSON. Written from what the
/// item means; nothing of it goes through the wire form. `customer_id`: the scope's, for resources
/// that belong to one; `details`: also columns that listings do not carry.
void append_truth(
    std::string& out,
    std::span<const Field> fields,
    const Item& item,
    std::string_view customer_id,
    bool details
);

/// NDJSON of a resource of the world as it is now, piece by piece. `customer`: only of that one.
/// Nothing if there is no such resource.
std::optional<std::function<bool(std::string& piece)>>
truth_of(const World& world, std::string_view resource, std::string_view customer, bool details);

} // namespace pcmirror::simulator
