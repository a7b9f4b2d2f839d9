#pragma once

#include "config/key.hpp"
#include "config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// The table of the whole configuration: every key, what it accepts, where it is kept.
const Keys<Settings>& settings_keys();

/// The delete guard of a resource for which the file names no limits of its own.
GuardLimits default_limits(const DeleteGuardSettings& settings, std::string_view resource);

/// Every key the parser knows: `partner_center.cloud`, `schedules.*.every`.
const std::vector<std::string>& known_keys();

/// What the settings hold, by key, as it would be written in the file; secrets as `***`.
ShownKeys show_settings(const Settings& settings);

} // namespace pcmirror
