#pragma once

#include "tests/simulator/item.hpp"

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace pcmirror::simulator {

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
