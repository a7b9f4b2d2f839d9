#include "daemon/help.hpp"
#include "systemd/manual/completions.hpp"

namespace pcmirror::manual {
namespace {

constexpr std::string_view head = R"(# bash completion of pcmirror
_pcmirror() {
    local word=$2 previous=$3 command='' second='' skip='' one
    local options='' words=''
    # What bash takes apart at an equals sign belongs together: --state=failed.
    if [[ $word == '=' ]]; then
        word=''
    elif [[ $previous == '=' ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for one in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ -n $skip ]]; then
            skip=''
        elif [[ $one == -c || $one == --config ]]; then
            skip=yes
        elif [[ $one != -* && -z $command ]]; then
            command=$one
        elif [[ $one != -* && -z $second ]]; then
            second=$one
        fi
    done
    COMPREPLY=()
    case $previous in
        -c | --config)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return
            ;;
    esac
)";

constexpr std::string_view tail = R"(    esac
    if [[ $word == -* ]]; then
        words=$options
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _pcmirror pcmirror
)";

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

/// `--customer --json --config`
std::string option_names(const Command* command) {
    std::vector<std::string> names;
    if (command != nullptr)
        for (const Option& option : command->options)
            if (!option.is_argument())
                names.emplace_back(option.name);
    for (const GlobalOption& global : global_options())
        if (!global.for_tables || command == nullptr || command->json)
            names.emplace_back(global.option.name);
    return joined(names);
}

/// What follows an option that takes a value.
std::string value_case(const Option& option) {
    const Completed* known = completed(placeholder_of(option));
    std::string text = "                " + std::string(option.name) + ")\n";
    if (known != nullptr && known->files)
        text += "                    compopt -o filenames\n"
                "                    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n";
    else if (known != nullptr && !known->words.empty())
        text += "                    mapfile -t COMPREPLY < <(compgen -W " +
                shell_word(joined(known->words)) + " -- \"$word\")\n";
    return text + "                    return\n                    ;;\n";
}

std::string command_case(const Command& command) {
    std::string cases;
    std::string words;
    for (const Option& option : command.options) {
        const Completed* known = completed(placeholder_of(option));
        if (option.is_argument() && known != nullptr)
            words = joined(known->words);
        else if (!option.is_argument() && !option.value.empty())
            cases += value_case(option);
    }
    std::string text = "            options=" + shell_word(option_names(&command)) + '\n';
    if (!words.empty())
        text += "            words=" + shell_word(words) + '\n';
    if (!cases.empty())
        text += "            case $previous in\n" + cases + "            esac\n";
    return text + "            ;;\n";
}

/// `job`: its second words.
std::string group_case(std::span<const Command* const> commands, const std::string& word) {
    std::vector<std::string> seconds;
    for (const Command* command : commands_below(commands, word))
        seconds.emplace_back(command->name.substr(word.size() + 1));
    return "        " + shell_word(word + ' ') +
           ")\n            words=" + shell_word(joined(seconds)) +
           "\n            options=--help\n            ;;\n";
}

} // namespace

std::string bash_completion(std::span<const Command* const> commands) {
    std::string groups;
    std::string group_names;
    for (const std::string& word : first_words(commands))
        if (!commands_below(commands, word).empty()) {
            groups += group_case(commands, word);
            group_names += (group_names.empty() ? "" : " | ") + word;
        }
    std::string text(head);
    text += "    case $command in\n        " + group_names +
            ") command+=\" $second\" ;;\n    esac\n    case $command in\n";
    text += "        '')\n            words=" + shell_word(joined(first_words(commands))) +
            "\n            options=" + shell_word(option_names(nullptr)) + "\n            ;;\n";
    text += groups;
    for (const Command* command : commands)
        text += "        " + shell_word(command->name) + ")\n" + command_case(*command);
    return text + std::string(tail);
}

} // namespace pcmirror::manual
