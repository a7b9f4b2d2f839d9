#pragma once

#include <span>
#include <string_view>

namespace pcmirror {

/// An event that may be in the log. Its name never changes: alerts and searches go by it.
struct LogEvent {
    std::string_view name;
    std::string_view level;   ///< or levels
    std::string_view meaning; ///< and what to do, where something is to be done
};

/// All of them, by name.
std::span<const LogEvent> log_events();

} // namespace pcmirror
