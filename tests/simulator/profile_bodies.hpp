#pragma once

#include "tests/simulator/item.hpp"

#include <nlohmann/json_fwd.hpp>

namespace pcmirror::simulator {

/// The billing profile that a client sends, without id and ETag. Throws `Refused`.
Item profile_of(const nlohmann::json& body);

/// What the registration number and the phone number must be in the customer's country. `body`: of
/// the creation of a customer. Throws `Refused`.
void check_national_rules(const nlohmann::json& body);

} // namespace pcmirror::simulator
