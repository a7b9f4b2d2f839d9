#pragma once

#include "config/settings.hpp"
#include "schema/error.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// An option or an argument of a command.
struct Option {
    std::string_view name;       ///< `--max-age`; an argument has no dashes: `RESOURCE`
    std::string_view value = {}; ///< what the option takes: `DURATION`; empty: it is a flag
    std::string_view text = {};  ///< what it does, with default and unit
    bool many = false;           ///< may be given more than once
    bool needed = false;

    [[nodiscard]] constexpr bool is_argument() const { return !name.starts_with("--"); }
};

/// What was given on the command line, by the names in the command's options.
class Arguments {
  public:
    void add(std::string_view name, std::string value);

    [[nodiscard]] bool has(std::string_view name) const;
    /// The only value; nothing where it was not given.
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> values(std::string_view name) const;

  private:
    std::map<std::string, std::vector<std::string>, std::less<>> given_;
};

struct Command;

/// A command as it was called.
struct Invocation {
    const Command* command = nullptr;
    Arguments arguments;
    std::filesystem::path config;
    bool json = false;
};

/// A command of the program: parsing, help and tests follow from this description.
struct Command {
    std::string_view name;
    std::string_view summary; ///< one line
    std::span<const Option> options = {};
    std::string_view more = {};    ///< what the options don't say; empty, or lines to be wrapped
    std::string_view example = {}; ///< a whole command line
    std::string_view exit_codes;
    bool json = false; ///< prints a table, and with --json a document instead
    /// Prints results to stdout. Throws `Error`.
    ExitCode (*run)(const Invocation& invocation) = nullptr;
};

/// Reads the configuration that the invocation names and sets up the log by it.
Settings settings_of(const Invocation& invocation);

/// An `Error` (exit 2) about how a command was called; its hint names the command's help.
Error usage_error(const Command& command, const std::string& message, std::string hint = {});

/// The option's duration; throws a usage error where it is none.
std::optional<Milliseconds> duration_of(const Invocation& invocation, std::string_view option);

} // namespace pcmirror
