#pragma once

#include "tests/simulator/item.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// The one of these that a text is, whatever its case and underscores.
std::optional<std::string_view>
find_spelling(std::span<const std::string_view> spellings, std::string_view text);

/// Sets a member (`quantity`, `companyProfile/domain`) to what a JSON value means; null: to
/// nothing. A member that no field describes becomes one of the unknown ones. Throws
/// std::invalid_argument.
void set_member(
    Item& item,
    std::span<const Field> fields,
    const std::string& member,
    const nlohmann::json& value
);

} // namespace pcmirror::simulator
