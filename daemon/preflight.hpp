#pragma once

#include "config/settings.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace pcmirror {

/// What was looked at, and what was found.
struct Probe {
    std::string name;
    bool ok = false;
    std::string found; ///< may have several lines
    std::string hint;  ///< what to do; may be empty
};

/// Looks at all that pcmirror needs: state directory, database, schema, rights, clock, sign-in, one
/// API call, budget. Goes on after what fails, as far as the rest does not depend on it. Changes
/// nothing but the refresh token, which the sign-in service may rotate. Throws nothing of it.
std::vector<Probe> preflight(const Settings& settings);

/// `ok      database   postgresql:///pcmirror`, one probe a line, hints below.
std::string probes_text(const std::vector<Probe>& probes);
std::string probes_json(const std::vector<Probe>& probes);

} // namespace pcmirror
