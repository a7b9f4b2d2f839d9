#pragma once

#include "daemon/command.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::manual {

/// What a shell offers in place of an option's value, or of an argument.
struct Completed {
    bool files = false;
    std::vector<std::string> words = {}; ///< empty: nothing is known
};

/// By the placeholder: RESOURCE, OPERATION, FILE, STATE, ... Nothing where it was never thought of.
const Completed* completed(std::string_view placeholder);

/// What stands for the value: `value` of an option, `name` of an argument.
std::string_view placeholder_of(const Option& option);

/// The first words of commands, in their order: `job` once.
std::vector<std::string> first_words(std::span<const Command* const> commands);

/// Commands whose name begins with the word and has a second one.
std::vector<const Command*>
commands_below(std::span<const Command* const> commands, std::string_view word);

/// In single quotes, as a POSIX shell wants it.
std::string shell_word(std::string_view text);

/// Completion scripts of all commands, options, resources and operations.
std::string bash_completion(std::span<const Command* const> commands);
std::string zsh_completion(std::span<const Command* const> commands);
std::string fish_completion(std::span<const Command* const> commands);

} // namespace pcmirror::manual
