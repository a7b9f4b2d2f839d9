#include "tests/simulator/body.hpp"

#include "tests/simulator/refused.hpp"
#include "tests/simulator/set_value.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

using Wish = nlohmann::json;

Wish with_lower_names(const Wish& value) {
    if (!value.is_structured())
        return value;
    Wish result = value.is_array() ? Wish::array() : Wish::object();
    for (const auto& [name, member] : value.items()) {
        if (value.is_array()) {
            result.push_back(with_lower_names(member));
            continue;
        }
        std::string lower = name;
        if (!lower.empty())
            lower.front() =
                static_cast<char>(std::tolower(static_cast<unsigned char>(lower.front())));
        result[lower] = with_lower_names(member);
    }
    return result;
}

} // namespace

nlohmann::json read_body(const Request& request) {
    const Wish body = Wish::parse(request.body, nullptr, false);
    if (!body.is_object())
        throw Refused(problems::bad_body);
    return with_lower_names(body);
}

const nlohmann::json* find_member(const nlohmann::json& body, std::string_view path) {
    const Wish* at = &body;
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        if (!at->is_object())
            return nullptr;
        const auto found = at->find(name);
        if (found == at->end() || found->is_null())
            return nullptr;
        at = &*found;
    }
    return at;
}

void refuse_member(std::string_view path, std::string_view why) {
    throw Refused(problems::bad_member, fmt::format("Invalid property {}: {}.", path, why));
}

std::optional<std::string> optional_text(const nlohmann::json& body, std::string_view path) {
    const Wish* member = find_member(body, path);
    if (!member)
        return {};
    if (!member->is_string())
        refuse_member(path, "it must be a text");
    std::string text = member->get<std::string>();
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::string required_text(const nlohmann::json& body, std::string_view path) {
    std::optional<std::string> text = optional_text(body, path);
    if (!text)
        refuse_member(path, "it is required");
    return *std::move(text);
}

bool optional_flag(const nlohmann::json& body, std::string_view path) {
    const Wish* member = find_member(body, path);
    if (member && !member->is_boolean())
        refuse_member(path, "it must be true or false");
    return member && member->get<bool>();
}

const nlohmann::json& optional_list(const nlohmann::json& body, std::string_view path) {
    static const Wish empty = Wish::array();
    const Wish* member = find_member(body, path);
    if (member && !member->is_array())
        refuse_member(path, "it must be an array");
    return member ? *member : empty;
}

std::string required_choice(
    const nlohmann::json& body, std::string_view path, std::span<const std::string_view> choices
) {
    const auto choice = find_spelling(choices, required_text(body, path));
    if (!choice)
        refuse_member(path, fmt::format("it must be one of {}", fmt::join(choices, ", ")));
    return std::string(*choice);
}

void check_country(std::string_view path, std::string_view code) {
    const bool letters = std::all_of(code.begin(), code.end(), [](unsigned char letter) {
        return std::isalpha(letter) != 0;
    });
    if (code.size() != 2 || !letters)
        refuse_member(path, "it must be two letters");
}

} // namespace pcmirror::simulator
