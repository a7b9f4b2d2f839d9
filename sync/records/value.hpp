#pragma once

#include "schema/column.hpp"
#include "sync/records/json.hpp"

#include <string>

namespace pcmirror {

enum class Reading {
    value,
    null,
    wrong, ///< not what the column takes
};

/// Brings a JSON value into the one spelling of its column, as `RowWriter` takes it. What was in
/// `text` before is lost.
Reading read_value(
    const Column& column, const JsonTree& tree, const JsonTree::Node& node, std::string& text
);

/// What was found and what it is not: `"many" is no integer`.
std::string complaint(const Column& column, const JsonTree::Node& found);

/// A value as it is shown to people: strings quoted and cut, arrays and objects by name only.
std::string shown(const JsonTree::Node& node);

} // namespace pcmirror
