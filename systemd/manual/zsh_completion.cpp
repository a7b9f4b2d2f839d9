#include "daemon/help.hpp"
#include "systemd/manual/completions.hpp"

namespace pcmirror::manual {
namespace {

/// What has a meaning in the specifications of _arguments and _describe.
std::string plain(std::string_view text) {
    std::string result;
    for (const char character : text) {
        if (character == '[' || character == ']' || character == ':' || character == '\\')
            result += '\\';
        result += character;
    }
    return result;
}

/// `:RESOURCE:(customers users)`
std::string value_spec(const Option& option) {
    const Completed* known = completed(placeholder_of(option));
    std::string spec = ":" + plain(placeholder_of(option)) + ":";
    if (known == nullptr || (!known->files && known->words.empty()))
        return spec;
    if (known->files)
        return spec + "_files";
    spec += '(';
    for (const std::string& word : known->words)
        spec += (spec.ends_with('(') ? "" : " ") + word;
    return spec + ')';
}

std::string argument_spec(const Option& option) {
    if (option.is_argument())
        return (option.many ? "*" : "") + value_spec(option);
    const std::string value = option.value.empty() ? "" : value_spec(option);
    return std::string(option.many ? "*" : "") + std::string(option.name) + "[" +
           plain(option.text) + "]" + value;
}

std::string global_specs(bool for_tables) {
    std::string specs;
    for (const GlobalOption& global : global_options()) {
        if (global.for_tables && !for_tables)
            continue;
        const std::string spec = "[" + plain(global.option.text) + "]" +
                                 (global.option.value.empty() ? "" : value_spec(global.option));
        specs += " \\\n        " + shell_word(std::string(global.option.name) + spec);
        if (!global.letter.empty())
            specs += " \\\n        " + shell_word(std::string(global.letter) + spec);
    }
    return specs;
}

/// A function that completes what follows these commands' names from their nth word on.
std::string choice(
    const std::string& function,
    const std::vector<std::string>& words,
    const auto& summary_of,
    const auto& function_of
) {
    std::string text = function +
                       "() {\n    local context state state_descr line\n"
                       "    typeset -A opt_args\n    _arguments -C" +
                       global_specs(true) +
                       " \\\n        '1:command:->command' '*::rest:->rest'\n" +
                       "    case $state in\n    command)\n        local -a commands=(";
    for (const std::string& word : words)
        text += "\n            " + shell_word(word + ':' + plain(summary_of(word)));
    text += "\n        )\n        _describe command commands\n        ;;\n    rest)\n"
            "        case $words[1] in\n";
    for (const std::string& word : words)
        text += "        " + word + ") " + function_of(word) + " ;;\n";
    return text + "        esac\n        ;;\n    esac\n}\n";
}

std::string function_name(std::string_view command) {
    std::string name = "_pcmirror_" + std::string(command);
    for (char& character : name)
        if (character == ' ')
            character = '_';
    return name;
}

std::string command_function(const Command& command) {
    std::string text =
        function_name(command.name) + "() {\n    _arguments" + global_specs(command.json);
    for (const Option& option : command.options)
        text += " \\\n        " + shell_word(argument_spec(option));
    return text + "\n}\n";
}

std::string group_function(std::span<const Command* const> commands, const std::string& word) {
    std::vector<std::string> seconds;
    const auto below = commands_below(commands, word);
    seconds.reserve(below.size());
    for (const Command* command : below)
        seconds.emplace_back(command->name.substr(word.size() + 1));
    const auto summary = [&](const std::string& second) {
        for (const Command* command : below)
            if (command->name == word + ' ' + second)
                return std::string(command->summary);
        return std::string();
    };
    return choice(function_name(word), seconds, summary, [&](const std::string& second) {
        return function_name(word + ' ' + second);
    });
}

} // namespace

std::string zsh_completion(std::span<const Command* const> commands) {
    std::string text = "#compdef pcmirror\n\n";
    for (const Command* command : commands)
        text += command_function(*command);
    const std::vector<std::string> words = first_words(commands);
    for (const std::string& word : words)
        if (!commands_below(commands, word).empty())
            text += group_function(commands, word);
    const auto summary = [&](const std::string& word) {
        for (const Command* command : commands)
            if (command->name == word)
                return std::string(command->summary);
        return "one of " + std::to_string(commands_below(commands, word).size()) + " commands";
    };
    text += choice("_pcmirror", words, summary, [](const std::string& word) {
        return function_name(word);
    });
    return text + "\n_pcmirror \"$@\"\n";
}

} // namespace pcmirror::manual
