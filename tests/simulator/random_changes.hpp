#pragma once

#include "tests/simulator/change.hpp"
#include "tests/simulator/draw.hpp"
#include "tests/simulator/operation.hpp"

#include <cstdint>
#include <optional>

// Changes whose object luck chooses; nothing is done, and null told, where it finds none.
namespace pcmirror::simulator {

/// An existing customer, or a removed one; nothing if luck finds none.
std::optional<std::uint32_t> some_customer(const Edit& edit, Draw& draw, bool existing = true);

Wish modify_some_user(Edit& edit, Draw& draw);
Wish add_some_users(Edit& edit, Draw& draw);
Wish delete_some_user(Edit& edit, Draw& draw);
Wish restore_some_user(Edit& edit, Draw& draw);
Wish vanish_some_user(Edit& edit, Draw& draw);

Wish assign_some_license(Edit& edit, Draw& draw);
Wish remove_some_license(Edit& edit, Draw& draw);
Wish swap_some_license(Edit& edit, Draw& draw);

Wish modify_some_sku(Edit& edit, Draw& draw);
Wish add_some_sku(Edit& edit, Draw& draw);
Wish remove_some_sku(Edit& edit, Draw& draw);

} // namespace pcmirror::simulator
