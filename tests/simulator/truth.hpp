#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/switches.hpp"
#include "tests/simulator/wire.hpp"
#include "tests/simulator/world.hpp"

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pcmirror::simulator {

/// Key columns that are not members of the record.
using RowKeys = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Appends the row that a mirror must show for an item, as one line of JSON. Written from what the
/// item means; nothing of it goes through the wire form. `details`: also columns that listings do
/// not carry.
void append_truth(
    std::string& out, std::span<const Field> fields, const Item& item, RowKeys keys, bool details
);

/// NDJSON of a resource of the world as it is now, piece by piece. `customer`: only of that one;
/// `switches`: what they say of inactive users counts. Nothing if there is no such resource.
std::optional<std::function<bool(std::string& piece)>> truth_of(
    const World& world,
    const Switches& switches,
    std::string_view resource,
    std::string_view customer,
    bool details
);

} // namespace pcmirror::simulator
