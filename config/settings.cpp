#include "config/settings.hpp"

namespace pcmirror {

const GuardLimits& DeleteGuardSettings::of(const std::string& resource) const {
    const auto own = resources.find(resource);
    return own == resources.end() ? limits : own->second;
}

} // namespace pcmirror
