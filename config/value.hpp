#pragma once

#include "config/place.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror {

/// How one kind of value is read from YAML and shown again.
template <class T> struct Value {
    std::string accepted; ///< for messages: `a whole number, 1 to 256`
    /// Nothing when the value is wrong, which is then reported.
    std::function<std::optional<T>(const Place&)> read;
    std::function<std::string(const T&)> show;
};

Value<int> whole_number(int lowest, int highest);
Value<double> fraction();
Value<bool> flag();

/// A duration of the member's precision, no shorter than `lowest`.
template <class T> Value<T> duration(T lowest);

/// One of some words.
Value<std::string> one_of(std::vector<std::string> words);

/// One of some words, each standing for an enumerator.
template <class T> Value<T> one_of(std::vector<std::pair<std::string, T>> words) {
    std::vector<std::string> names;
    names.reserve(words.size());
    for (const auto& [name, meaning] : words)
        names.push_back(name);
    const Value<std::string> name = one_of(std::move(names));
    const auto read = [name, words](const Place& place) -> std::optional<T> {
        const auto chosen = name.read(place);
        for (const auto& [word, meaning] : words)
            if (chosen == word)
                return meaning;
        return std::nullopt;
    };
    const auto show = [words](const T& value) -> std::string {
        for (const auto& [word, meaning] : words)
            if (meaning == value)
                return word;
        return {};
    };
    return {name.accepted, read, show};
}

/// What is wrong with a text, to stand behind it: `is no URL`; empty when nothing is. May bring
/// the text to its usual spelling.
using TextCheck = std::string (*)(std::string& text);

/// A text, empty where the file has no value.
Value<std::string> text(std::string accepted, TextCheck check);
Value<Secret> secret(std::string accepted, TextCheck check);
Value<std::vector<std::string>> list_of(const std::string& accepted, TextCheck check);

/// A value that may be left out.
template <class T> Value<std::optional<T>> maybe(Value<T> value) {
    const auto read = [value](const Place& place) -> std::optional<std::optional<T>> {
        if (place.node.kind == TreeNode::Kind::null)
            return std::optional<T>();
        if (auto given = value.read(place))
            return given;
        return std::nullopt;
    };
    const auto show = [value](const std::optional<T>& given) {
        return given ? value.show(*given) : std::string();
    };
    return {value.accepted, read, show};
}

} // namespace pcmirror
