#pragma once

#include "daemon/command.hpp"

#include <span>
#include <string>
#include <string_view>

namespace pcmirror {

inline constexpr std::string_view default_config_file = "/etc/pcmirror/pcmirror.yaml";

/// An option that stands before or after any command.
struct GlobalOption {
    std::string_view letter; ///< `-c`; empty where there is none
    Option option;
    bool for_tables = false; ///< only of commands that print one
};

std::span<const GlobalOption> global_options();

/// The exit codes of all commands, from 0.
std::span<const std::string_view> exit_code_texts();

/// `--customer ID ...`, `RESOURCE...`
std::string shown_option(const Option& option);

/// `pcmirror get RESOURCE [OPTION...]`
std::string usage_text(const Command& command);

/// `pcmirror 0.1.0`
std::string version_text();

/// What `pcmirror --help` prints; fits a screen of 80 columns.
std::string help_text(std::span<const Command* const> commands);

/// What `pcmirror job --help` prints: the commands whose first word that is.
std::string group_help_text(std::span<const Command* const> commands, const std::string& group);

/// What `pcmirror COMMAND --help` prints: purpose, usage, options, an example, exit codes.
std::string help_text(const Command& command);

} // namespace pcmirror
