#pragma once

#include "tests/simulator/endpoint.hpp"
#include "tests/simulator/render.hpp"

#include <cstdint>
#include <optional>
#include <span>

// Answers that consist of items as they are.
namespace pcmirror::simulator {

Reply item_answer(Call& call, std::span<const Field> fields, const Item& item, const Frame& frame);

/// A bare array.
Reply array_answer(
    Call& call, std::span<const Field> fields, std::span<const Item> items, const Frame& frame
);

/// Appends items of a collection as `Rows` does.
std::optional<std::uint32_t> append_items(
    Call& call,
    std::span<const Field> fields,
    std::span<const Item> items,
    const Frame& frame,
    std::uint32_t from,
    std::size_t limit,
    Items& page
);

} // namespace pcmirror::simulator
