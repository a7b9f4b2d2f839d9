#include "config/place.hpp"

#include "config/keys.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace pcmirror {

namespace {

constexpr std::size_t most_shown = 60;

/// Fit for one line of a message.
std::string one_line(std::string_view text) {
    std::string line;
    for (const char letter : text.substr(0, most_shown))
        line += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
    // A cut through a character of several bytes would leave bad UTF-8 behind.
    while (text.size() > most_shown && (static_cast<unsigned char>(line.back()) & 0x80U) != 0)
        line.pop_back();
    return text.size() > most_shown ? line + "..." : line;
}

const TreeNode& nothing() {
    static const TreeNode node;
    return node;
}

/// `partner_center` where that is the section a misplaced key belongs to; else empty.
std::string section_of(std::string_view key) {
    for (const std::string& path : known_keys()) {
        const std::size_t dot = path.rfind('.');
        const bool plain = path.find('*') == std::string::npos;
        if (dot != std::string::npos && plain && std::string_view(path).substr(dot + 1) == key)
            return path.substr(0, dot);
    }
    return {};
}

void report_unknown_entry(
    const Place& place, const Entry& entry, std::span<const std::string> known
) {
    std::string hint;
    if (entry.key.find(':') != std::string::npos)
        hint = "write a blank after the colon";
    else if (const std::string near = nearest(entry.key, known); !near.empty())
        hint = fmt::format("did you mean \"{}\"?", near);
    else if (const std::string section = section_of(entry.key); !section.empty())
        hint = fmt::format("\"{}\" belongs to {}", entry.key, section);
    place.context.problems.add(
        {entry.at, place.path_of(entry.key), fmt::format("unknown key ({})", listed(known)), hint}
    );
}

} // namespace

void Place::wrong(std::string_view what, std::string hint) const {
    context.problems.add({at, path, fmt::format("{} ({})", what, accepted), std::move(hint)});
}

std::string Place::path_of(std::string_view key) const {
    return join_path(path, key);
}

Place Place::below(const Entry& entry, std::string member_accepted) const {
    return {context, *entry.value, entry.value->at, path_of(entry.key), std::move(member_accepted)};
}

Place Place::absent(std::string_view key, std::string member_accepted) const {
    return {context, nothing(), at, path_of(key), std::move(member_accepted)};
}

std::string found(const TreeNode& node) {
    if (node.replaced)
        return fmt::format("what \"{}\" stands for", one_line(node.written));
    return fmt::format("\"{}\"", one_line(node.text));
}

const std::string* text_of(const Place& place) {
    static const std::string none;
    switch (place.node.kind) {
    case TreeNode::Kind::null:
        return &none;
    case TreeNode::Kind::scalar:
        return &place.node.text;
    case TreeNode::Kind::list:
        place.wrong("is a list");
        return nullptr;
    case TreeNode::Kind::map:
        place.wrong("is a mapping");
        return nullptr;
    case TreeNode::Kind::broken:
        return nullptr;
    }
    return nullptr;
}

const std::string* value_of(const Place& place) {
    if (place.node.kind != TreeNode::Kind::null)
        return text_of(place);
    place.wrong("has no value");
    return nullptr;
}

const std::string* unquoted_of(const Place& place) {
    if (place.node.kind == TreeNode::Kind::scalar && place.node.quoted && !place.node.replaced) {
        place.wrong(found(place.node) + " in quotes is text", "leave the quotes off");
        return nullptr;
    }
    return value_of(place);
}

bool is_mapping(const Place& place) {
    switch (place.node.kind) {
    case TreeNode::Kind::map:
        return true;
    case TreeNode::Kind::scalar:
        place.wrong("is text");
        return false;
    case TreeNode::Kind::list:
        place.wrong("is a list");
        return false;
    case TreeNode::Kind::null:
    case TreeNode::Kind::broken:
        return false;
    }
    return false;
}

bool is_list(const Place& place) {
    switch (place.node.kind) {
    case TreeNode::Kind::list:
        return true;
    case TreeNode::Kind::scalar:
        place.wrong("is text", "write a list, one entry too: [ \"...\" ]");
        return false;
    case TreeNode::Kind::map:
        place.wrong("is a mapping");
        return false;
    case TreeNode::Kind::null:
    case TreeNode::Kind::broken:
        return false;
    }
    return false;
}

void report_unknown(const Place& place, std::span<const std::string> known) {
    for (const Entry& entry : place.node.entries)
        if (std::find(known.begin(), known.end(), entry.key) == known.end())
            report_unknown_entry(place, entry, known);
}

std::string listed(std::span<const std::string> words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

} // namespace pcmirror
