#pragma once

#include "tests/simulator/item.hpp"

#include <nlohmann/json_fwd.hpp>

namespace pcmirror::simulator {

/// Legacy ones have an ETag; the others are bought for a term.
bool is_legacy(const Item& subscription);

/// What a subscription becomes when `body`, the whole resource with the change in it, is put in its
/// place. `resets`: what the body leaves out is gone. Throws `Refused` for what is not allowed.
Item changed_subscription(const Item& before, const nlohmann::json& body, bool resets);

} // namespace pcmirror::simulator
