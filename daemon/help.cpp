#include "daemon/help.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace pcmirror {
namespace {

constexpr std::size_t screen = 80;
constexpr std::size_t indent = 22;

/// Words on lines of the screen's width; all lines but the first are indented.
std::string wrapped(std::string_view text, std::size_t from, std::size_t at) {
    std::string lines;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        if (at > from && at + 1 + word.size() > screen) {
            lines += '\n' + std::string(from, ' ');
            at = from;
        } else if (at > from) {
            lines += ' ';
            ++at;
        }
        lines += word;
        at += word.size();
    }
    return lines + '\n';
}

/// `  NAME        text`; a name that is too long has a line of its own.
std::string entry(std::string_view name, std::string_view text) {
    std::string line = "  " + std::string(name);
    if (line.size() + 2 > indent)
        line += '\n';
    const std::size_t shown = line.ends_with('\n') ? 0 : line.size();
    return line + std::string(indent - shown, ' ') + wrapped(text, indent, indent);
}

/// As in the list of a help's options.
std::string entry(const GlobalOption& global) {
    const std::string letter(global.letter);
    return entry(
        (letter.empty() ? "" : letter + ", ") + shown_option(global.option), global.option.text
    );
}

constexpr std::array globals{
    GlobalOption{
        .letter = "-c",
        .option =
            {.name = "--config",
             .value = "FILE",
             .text =
                 "configuration (default: $PCMIRROR_CONFIG, else /etc/pcmirror/pcmirror.yaml)"}},
    GlobalOption{
        .letter = "",
        .option = {.name = "--json", .text = "one JSON document where a command prints a table"},
        .for_tables = true},
    GlobalOption{
        .letter = "",
        .option = {.name = "--help", .text = "this text; after a command, all about it"}},
    GlobalOption{.letter = "", .option = {.name = "--version", .text = "the version"}},
};

constexpr std::array<std::string_view, 5> exit_codes{
    "success",
    "the work was done but something in it failed",
    "usage or configuration error, nothing was done",
    "the database can't be reached, or its schema does not fit",
    "the API can't be reached or refuses the credentials",
};

} // namespace

std::span<const GlobalOption> global_options() {
    return globals;
}

std::span<const std::string_view> exit_code_texts() {
    return exit_codes;
}

std::string shown_option(const Option& option) {
    std::string shown(option.name);
    if (!option.value.empty())
        shown += ' ' + std::string(option.value);
    if (option.many)
        shown += option.is_argument() ? "..." : " ...";
    return shown;
}

std::string usage_text(const Command& command) {
    std::string line = "pcmirror " + std::string(command.name);
    for (const Option& option : command.options) {
        if (!option.is_argument() && !option.needed)
            continue;
        const std::string shown = shown_option(option);
        line += option.needed ? ' ' + shown : " [" + shown + ']';
    }
    const bool has_options =
        std::ranges::any_of(command.options, [](const Option& option) { return !option.needed; });
    return line + (has_options || command.json ? " [OPTION...]" : "");
}

std::string version_text() {
    return "pcmirror " PCMIRROR_VERSION "\n";
}

std::string help_text(std::span<const Command* const> commands) {
    std::string text = "pcmirror mirrors Microsoft Partner Center into PostgreSQL.\n\n"
                       "usage: pcmirror COMMAND [OPTION...]\n\n";
    for (const Command* command : commands)
        text += entry(command->name, command->summary);
    text += '\n';
    for (const GlobalOption& global : globals)
        text += entry(global);
    text += "\nexample: pcmirror sync subscriptions --customer contoso.com\n";
    std::string label = "\nexit codes: ";
    for (std::size_t code = 0; code < exit_codes.size(); ++code) {
        text += label + std::to_string(code) + ' ' + std::string(exit_codes[code]) + '\n';
        label = "            ";
    }
    return text;
}

std::string group_help_text(std::span<const Command* const> commands, const std::string& group) {
    std::string text = "usage: pcmirror " + group + " COMMAND [OPTION...]\n\n";
    for (const Command* command : commands)
        if (command->name.starts_with(group + ' '))
            text += entry(command->name, command->summary);
    return text + "\n" + entry("--help", "after a command, all about it");
}

std::string help_text(const Command& command) {
    std::string text = wrapped(
        "pcmirror " + std::string(command.name) + ": " + std::string(command.summary), 0, 0
    );
    text += "\nusage: " + usage_text(command) + "\n\n";
    for (const Option& option : command.options)
        text += entry(shown_option(option), option.text);
    if (!command.options.empty())
        text += '\n';
    text += entry(globals.front());
    if (command.json)
        text += entry("--json", "print one JSON document instead");
    if (!command.more.empty())
        text += '\n' + wrapped(command.more, 0, 0);
    text += "\nexample: " + std::string(command.example) + "\n\n";
    text += "exit codes: " + wrapped(command.exit_codes, 12, 12);
    return text;
}

} // namespace pcmirror
