#pragma once

#include "config/key.hpp"
#include "config/settings.hpp"

namespace pcmirror {

/// The table of the section `partner_center`.
Keys<PartnerCenterSettings> partner_center_keys();

/// Checks what concerns several keys at once: whether there is the one credential that the way
/// to sign in needs; and reads the secret's file.
void finish_partner_center(const Place& place, PartnerCenterSettings& settings);

} // namespace pcmirror
