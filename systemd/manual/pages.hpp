#pragma once

#include "daemon/command.hpp"

#include <span>
#include <string>
#include <string_view>

namespace pcmirror::manual {

/// pcmirror(1), as troff: all that `--help` says, of all commands.
std::string command_page(std::span<const Command* const> commands);

/// pcmirror.yaml(5), as troff: every key of the shipped configuration, with the comment above it.
/// `yaml` is the content of config/pcmirror.yaml.
std::string config_page(std::string_view yaml);

} // namespace pcmirror::manual
