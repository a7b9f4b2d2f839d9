#pragma once

#include "config/key.hpp"
#include "config/settings.hpp"

#include <map>
#include <string>

namespace pcmirror {

/// The table of the section `schedules`.
Key<Settings> schedules_key();

/// What is polled where the file has no such section: every resource at its own interval.
std::map<std::string, Schedule> default_schedules(const Catalogue& catalogue);

/// Checks what concerns several schedules at once: resources that others can't do without.
void finish_schedules(const Place& place, const Settings& settings);

} // namespace pcmirror
