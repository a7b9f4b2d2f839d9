#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/spell.hpp"

#include <span>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// What else a record carries beside its members.
struct Frame {
    std::string_view object_type = {}; ///< empty: no attributes
    /// Nested objects that have `attributes` of their own: member and object type.
    std::span<const std::pair<std::string_view, std::string_view>> nested_types = {};
    std::string self = {};       ///< links.self.uri; empty: no links
    std::string links = {};      ///< further links, as JSON members
    Shown shown = Shown::always; ///< members up to this are written
};

/// The wire form of an item.
void append_item(
    std::string& out,
    std::span<const Field> fields,
    const Item& item,
    const Frame& frame,
    Speller& speller
);

/// A link as the API writes it: uri, method, headers.
std::string link(std::string_view uri);

} // namespace pcmirror::simulator
