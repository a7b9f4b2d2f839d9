#include "daemon/help.hpp"

#include <algorithm>
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

std::string shown_option(const Option& option) {
    std::string shown(option.name);
    if (!option.value.empty())
        shown += ' ' + std::string(option.value);
    if (option.many)
        shown += option.is_argument() ? "..." : " ...";
    return shown;
}

std::string usage(const Command& command) {
    std::string line = "usage: pcmirror " + std::string(command.name);
    for (const Option& option : command.options) {
        if (!option.is_argument() && !option.needed)
            continue;
        const std::string shown = shown_option(option);
        line += option.needed ? ' ' + shown : " [" + shown + ']';
    }
    const bool has_options =
        std::ranges::any_of(command.options, [](const Option& option) { return !option.needed; });
    return line + (has_options || command.json ? " [OPTION...]\n" : "\n");
}

constexpr std::string_view config_text =
    "configuration (default: $PCMIRROR_CONFIG, else /etc/pcmirror/pcmirror.yaml)";

} // namespace

std::string version_text() {
    return "pcmirror " PCMIRROR_VERSION "\n";
}

std::string help_text(std::span<const Command* const> commands) {
    std::string text = "pcmirror mirrors Microsoft Partner Center into PostgreSQL.\n\n"
                       "usage: pcmirror COMMAND [OPTION...]\n\n";
    for (const Command* command : commands)
        text += entry(command->name, command->summary);
    text += "\n" + entry("-c, --config FILE", config_text);
    text += entry("--json", "one JSON document where a command prints a table");
    text += entry("--help", "this text; after a command, all about it");
    text += entry("--version", "the version");
    text += "\nexample: pcmirror sync subscriptions --customer contoso.com\n\n"
            "exit codes: 0 success\n"
            "            1 the work was done but something in it failed\n"
            "            2 usage or configuration error, nothing was done\n"
            "            3 the database can't be reached, or its schema does not fit\n"
            "            4 the API can't be reached or refuses the credentials\n";
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
    text += '\n' + usage(command) + '\n';
    for (const Option& option : command.options)
        text += entry(shown_option(option), option.text);
    if (!command.options.empty())
        text += '\n';
    text += entry("-c, --config FILE", config_text);
    if (command.json)
        text += entry("--json", "print one JSON document instead");
    if (!command.more.empty())
        text += '\n' + wrapped(command.more, 0, 0);
    text += "\nexample: " + std::string(command.example) + "\n\n";
    text += "exit codes: " + wrapped(command.exit_codes, 12, 12);
    return text;
}

} // namespace pcmirror
