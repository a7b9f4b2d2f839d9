#include "systemd/manual/completions.hpp"

#include "schema/catalogue.hpp"
#include "schema/operation_catalogue.hpp"

#include <algorithm>
#include <map>

namespace pcmirror::manual {
namespace {

std::vector<std::string> names_of(const auto& catalogue) {
    std::vector<std::string> names;
    for (const auto* described : catalogue)
        names.emplace_back(described->name);
    return names;
}

using Placeholders = std::map<std::string_view, Completed>;

Placeholders make_placeholders() {
    const Completed resources{.words = names_of(catalogue())};
    const Completed nothing;
    return {
        {"RESOURCE", resources},
        {"NAME", resources},
        {"OPERATION", {.words = names_of(operation_catalogue())}},
        {"STATE", {.words = {"queued", "running", "succeeded", "failed", "cancelled"}}},
        {"FILE", {.files = true}},
        {"DURATION", nothing},
        {"ID", nothing},
        {"JSON", nothing},
        {"KEY", nothing},
        {"KEY=VALUE", nothing},
        {"N", nothing},
        {"TEXT", nothing},
        {"TIME", nothing},
        {"URL", nothing}};
}

} // namespace

const Completed* completed(std::string_view placeholder) {
    static const Placeholders placeholders = make_placeholders();
    const auto found = placeholders.find(placeholder);
    return found == placeholders.end() ? nullptr : &found->second;
}

std::string_view placeholder_of(const Option& option) {
    return option.is_argument() ? option.name : option.value;
}

std::vector<std::string> first_words(std::span<const Command* const> commands) {
    std::vector<std::string> words;
    for (const Command* command : commands) {
        const std::string word(command->name.substr(0, command->name.find(' ')));
        if (std::ranges::find(words, word) == words.end())
            words.push_back(word);
    }
    return words;
}

std::vector<const Command*>
commands_below(std::span<const Command* const> commands, std::string_view word) {
    std::vector<const Command*> below;
    for (const Command* command : commands)
        if (command->name.starts_with(std::string(word) + ' '))
            below.push_back(command);
    return below;
}

std::string shell_word(std::string_view text) {
    std::string result = "'";
    for (const char character : text)
        character == '\'' ? result += "'\\''" : result += character;
    return result + "'";
}

} // namespace pcmirror::manual
