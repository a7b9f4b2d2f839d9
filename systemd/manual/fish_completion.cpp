#include "daemon/help.hpp"
#include "systemd/manual/completions.hpp"

namespace pcmirror::manual {
namespace {

constexpr std::string_view head = R"(# fish completion of pcmirror

# Succeeds where the command that was given so far is this one; the first parameter names the first
# words of commands that have two.
function __pcmirror_at
    set -l groups (string split ' ' -- $argv[1])
    set -l given
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word -c --config
            set skip yes
        else if not string match -q -- '-*' $word
            set -a given $word
        end
    end
    set -l command $given[1]
    if contains -- "$given[1]" $groups
        set command $given[1..2]
    end
    test "$command" = "$argv[2..-1]"
end

complete -c pcmirror -f
)";

std::string fish_word(std::string_view text) {
    std::string result = "'";
    for (const char character : text) {
        if (character == '\'' || character == '\\')
            result += '\\';
        result += character;
    }
    return result + "'";
}

/// Lines that hold at one command.
class Lines {
  public:
    Lines(const std::string& groups, const std::string& command)
        : start_(
              "complete -c pcmirror -n " +
              shell_word("__pcmirror_at " + fish_word(groups) + " " + fish_word(command))
          ) {}

    [[nodiscard]] std::string word(const std::string& word, std::string_view text) const {
        return start_ + " -a " + fish_word(word) + " -d " + fish_word(text) + '\n';
    }

    [[nodiscard]] std::string option(const Option& option) const {
        const Completed* known = completed(placeholder_of(option));
        if (option.is_argument())
            return known == nullptr || known->words.empty() ? ""
                                                            : word(listed(*known), option.name);
        std::string line = start_ + " -l " + std::string(option.name.substr(2));
        if (!option.value.empty())
            line += " -r";
        if (known != nullptr && known->files)
            line += " -F";
        if (known != nullptr && !known->words.empty())
            line += " -a " + fish_word(listed(*known));
        return line + " -d " + fish_word(option.text) + '\n';
    }

  private:
    static std::string listed(const Completed& known) {
        std::string text;
        for (const std::string& word : known.words)
            text += (text.empty() ? "" : " ") + word;
        return text;
    }

    std::string start_;
};

std::string globals() {
    std::string text;
    for (const GlobalOption& global : global_options()) {
        const std::string_view value = global.option.value;
        text += "complete -c pcmirror -l " + std::string(global.option.name.substr(2));
        if (!global.letter.empty())
            text += " -s " + std::string(global.letter.substr(1));
        text += (value == "FILE" ? " -r -F" : "");
        text += " -d " + fish_word(global.option.text) + '\n';
    }
    return text;
}

/// First words, and second ones where there are some.
std::string command_words(std::span<const Command* const> commands, const std::string& groups) {
    std::string text;
    const Lines at_start(groups, "");
    for (const std::string& word : first_words(commands)) {
        const auto below = commands_below(commands, word);
        if (!below.empty())
            text += at_start.word(word, "one of " + std::to_string(below.size()) + " commands");
        for (const Command* command : below)
            text += Lines(groups, word)
                        .word(std::string(command->name.substr(word.size() + 1)), command->summary);
    }
    return text;
}

} // namespace

std::string fish_completion(std::span<const Command* const> commands) {
    std::string groups;
    for (const std::string& word : first_words(commands))
        if (!commands_below(commands, word).empty())
            groups += (groups.empty() ? "" : " ") + word;
    std::string text = std::string(head) + globals() + command_words(commands, groups);
    for (const Command* command : commands) {
        if (command->name.find(' ') == std::string_view::npos)
            text += Lines(groups, "").word(std::string(command->name), command->summary);
        for (const Option& option : command->options)
            text += Lines(groups, std::string(command->name)).option(option);
    }
    return text;
}

} // namespace pcmirror::manual
