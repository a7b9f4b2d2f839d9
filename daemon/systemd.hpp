#pragma once

#include <chrono>
#include <optional>
#include <string>

/// What a service of type notify tells systemd. Without systemd all of it does nothing.
namespace pcmirror::systemd {

/// Started, or done with reloading.
void ready();
void reloading();
void stopping();

/// One line for `systemctl status`.
void status(const std::string& line);

/// How often `alive` must be called; nothing where no watchdog is set.
std::optional<std::chrono::milliseconds> watchdog_interval();
void alive();

} // namespace pcmirror::systemd
