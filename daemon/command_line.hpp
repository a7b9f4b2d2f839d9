#pragma once

#include "daemon/command.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pcmirror {

/// What a command line asks for: a command to run, or a text to print.
struct CommandLine {
    Invocation invocation;
    std::optional<std::string> text; ///< help or version; then nothing is run
};

/// Reads a command line (without the program's name). Options stand before or after the command.
/// Throws `Error` (exit 2) that names what is wrong and the command to try.
CommandLine
read_command_line(std::vector<std::string> words, std::span<const Command* const> commands);

} // namespace pcmirror
