#include "daemon/command_line.hpp"

#include "config/read.hpp"
#include "daemon/help.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <map>

namespace pcmirror {
namespace {

using Words = std::vector<std::string>;

/// What CLI11 writes an option's values to.
struct Slot {
    const Option* option;
    CLI::Option* parsed = nullptr;
    Words values = {};
};

std::string quoted(const std::string& word) {
    return '"' + word + '"';
}

/// The first word that is neither an option nor the value of --config.
std::optional<std::string> command_word(const Words& words) {
    for (auto word = words.begin(); word != words.end(); ++word) {
        if (!word->starts_with('-'))
            return *word;
        const bool takes_next = *word == "-c" || *word == "--config";
        if (takes_next && ++word == words.end())
            break;
    }
    return std::nullopt;
}

/// The name of a command may have two words: the second one of these.
std::optional<std::string> second_word(const Words& words, const std::string& first) {
    const auto at = std::ranges::find(words, first);
    const Words rest(at + 1, words.end());
    return command_word(rest);
}

/// Commands whose name begins with this word and has another one: `job` of `job add`.
Words second_words(std::span<const Command* const> commands, const std::string& first) {
    Words names;
    for (const Command* command : commands)
        if (command->name.starts_with(first + ' '))
            names.emplace_back(command->name.substr(first.size() + 1));
    return names;
}

const Command* find(std::span<const Command* const> commands, std::string_view name) {
    const auto found =
        std::ranges::find_if(commands, [&](const Command* one) { return one->name == name; });
    return found == commands.end() ? nullptr : *found;
}

Error unknown_command(std::span<const Command* const> commands, const std::string& word) {
    Words names;
    for (const Command* command : commands)
        names.emplace_back(command->name);
    const std::string near = nearest(word, names);
    return {
        Recovery::fix_config,
        "unknown command " + quoted(word),
        near.empty() ? "see: pcmirror --help" : "did you mean: pcmirror " + near};
}

Error unknown_word(const Command& command, const std::string& word) {
    if (!word.starts_with('-'))
        return usage_error(command, "unexpected argument " + quoted(word));
    Words names{"--config", "--json", "--help", "--version"};
    for (const Option& option : command.options)
        if (!option.is_argument())
            names.emplace_back(option.name);
    const std::string near = nearest(word.substr(0, word.find('=')), names);
    return usage_error(
        command,
        "unknown option " + quoted(word),
        near.empty() ? "" : "did you mean: pcmirror " + std::string(command.name) + " " + near
    );
}

/// The parser of the whole command line, built from the descriptions.
class Parser {
  public:
    explicit Parser(std::span<const Command* const> commands) {
        app_.set_help_flag();
        app_.fallthrough();
        app_.allow_extras();
        app_.require_subcommand(0, 1);
        app_.add_option("-c,--config", config_);
        app_.add_flag("--json", json_);
        app_.add_flag("-h,--help", help_);
        app_.add_flag("-V,--version", version_);
        for (const Command* command : commands) {
            CLI::App* sub = add_subcommand(std::string(command->name));
            for (const Option& option : command->options)
                add(*sub, option);
        }
    }

    void parse(Words words) {
        std::ranges::reverse(words);
        app_.parse(std::move(words));
    }

    [[nodiscard]] bool help() const { return help_; }

    [[nodiscard]] bool version() const { return version_; }

    /// Words that fit nowhere.
    [[nodiscard]] Words left() const { return app_.remaining(); }

    [[nodiscard]] Invocation invocation(const Command& command) const {
        Invocation invocation;
        invocation.command = &command;
        invocation.config = config_file();
        invocation.json = json_;
        for (const Slot& slot : slots_)
            if (slot.parsed->count() > 0)
                for (const std::string& value : slot.values)
                    invocation.arguments.add(slot.option->name, value);
        return invocation;
    }

  private:
    CLI::App* add_subcommand(const std::string& name) {
        const std::size_t blank = name.find(' ');
        if (blank == std::string::npos)
            return app_.add_subcommand(name);
        const std::string first = name.substr(0, blank);
        CLI::App*& group = groups_[first];
        if (group == nullptr) {
            group = app_.add_subcommand(first);
            group->set_help_flag();
            group->fallthrough();
            group->require_subcommand(0, 1);
        }
        CLI::App* sub = group->add_subcommand(name.substr(blank + 1));
        sub->set_help_flag();
        sub->fallthrough();
        return sub;
    }

    void add(CLI::App& sub, const Option& option) {
        Slot& slot = slots_.emplace_back(Slot{&option});
        const std::string name(option.name);
        if (option.value.empty() && !option.is_argument()) {
            slot.parsed = sub.add_flag(name);
            slot.values = {""};
            return;
        }
        slot.parsed = sub.add_option(name, slot.values);
        if (option.is_argument())
            return;
        slot.parsed->allow_extra_args(false);
        if (!option.many)
            slot.parsed->expected(1);
    }

    [[nodiscard]] std::string config_file() const {
        if (!config_.empty())
            return config_;
        const std::string named = process_environment("PCMIRROR_CONFIG").value_or("");
        return named.empty() ? std::string(default_config_file) : named;
    }

    CLI::App app_;
    std::map<std::string, CLI::App*> groups_; ///< by the first word of commands of two
    std::string config_;
    bool json_ = false;
    bool help_ = false;
    bool version_ = false;
    std::deque<Slot> slots_; // CLI11 keeps references to the values
};

void check(const Invocation& invocation) {
    const Command& command = *invocation.command;
    for (const Option& option : command.options) {
        const Words given = invocation.arguments.values(option.name);
        if (option.needed && given.empty())
            throw usage_error(command, std::string(option.name) + " is missing");
        if (!option.many && given.size() > 1)
            throw usage_error(command, "unexpected argument " + quoted(given[1]));
    }
    if (invocation.json && !command.json)
        throw usage_error(command, "--json: " + std::string(command.name) + " prints no table");
}

/// `command`: which one it is, as far as is known; it tells where to read on.
void parse(Parser& parser, Words words, const Command* command) {
    try {
        parser.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        if (command != nullptr)
            throw usage_error(*command, error.what());
        throw Error(Recovery::fix_config, error.what(), "see: pcmirror --help");
    }
}

/// The group alone: its help, or what is missing.
CommandLine
group_line(std::span<const Command* const> commands, const Words& words, const std::string& group) {
    const auto asked = [&](const char* word) { return std::ranges::count(words, word) > 0; };
    if (!asked("--help") && !asked("-h"))
        throw Error(
            Recovery::fix_config,
            "pcmirror " + group + ": which one?",
            "see: pcmirror " + group + " --help"
        );
    CommandLine line;
    line.text = group_help_text(commands, group);
    return line;
}

} // namespace

CommandLine
read_command_line(std::vector<std::string> words, std::span<const Command* const> commands) {
    std::optional<std::string> word = command_word(words);
    const Words inner = word ? second_words(commands, *word) : Words();
    if (!inner.empty()) {
        const std::optional<std::string> second = second_word(words, *word);
        if (!second)
            return group_line(commands, words, *word);
        word = *word + ' ' + *second;
    }
    const Command* command = word ? find(commands, *word) : nullptr;
    if (word && command == nullptr)
        throw unknown_command(commands, *word);
    Parser parser(commands);
    parse(parser, std::move(words), command);
    CommandLine line;
    if (parser.version())
        line.text = version_text();
    else if (parser.help())
        line.text = command == nullptr ? help_text(commands) : help_text(*command);
    if (line.text)
        return line;
    if (command == nullptr)
        throw Error(Recovery::fix_config, "no command given", "see: pcmirror --help");
    if (const Words left = parser.left(); !left.empty())
        throw unknown_word(*command, left.front());
    line.invocation = parser.invocation(*command);
    check(line.invocation);
    return line;
}

} // namespace pcmirror
