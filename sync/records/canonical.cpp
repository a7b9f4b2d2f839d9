#include "sync/records/canonical.hpp"

#include "sync/records/normal.hpp"

#include <algorithm>
#include <array>

namespace pcmirror {
namespace {

using Kind = JsonTree::Kind;

void append_escaped(std::string& text, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::string_view named = "\"\\\b\f\n\r\t";
    constexpr std::string_view letters = "\"\\bfnrt";
    text += '\\';
    if (const std::size_t at = named.find(c); at != std::string_view::npos) {
        text += letters[at];
        return;
    }
    text.append("u00");
    text += digits[static_cast<unsigned char>(c) >> 4U];
    text += digits[static_cast<unsigned char>(c) & 0xFU];
}

void append_quoted(std::string& text, std::string_view value) {
    const auto is_special = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
    };
    text += '"';
    while (!value.empty()) {
        const auto special = std::ranges::find_if(value, is_special);
        const auto plain = static_cast<std::size_t>(special - value.begin());
        text.append(value.substr(0, plain));
        value.remove_prefix(plain);
        if (value.empty())
            break;
        append_escaped(text, value.front());
        value.remove_prefix(1);
    }
    text += '"';
}

} // namespace

bool is_links(std::string_view name) {
    return same_name(name, "links");
}

bool is_secret(std::string_view name) {
    return same_name(name, "passwordProfile") || same_name(name, "userCredentials");
}

void append_json_text(std::string& text, std::string_view value) {
    if (!is_guid(value)) {
        append_quoted(text, value);
        return;
    }
    text += '"';
    append_guid(text, value);
    text += '"';
}

void CanonicalText::write(const JsonTree::Node& node, bool sorted, std::string& text) {
    text_ = &text;
    if (sorted && node.kind == Kind::array)
        sorted_array(node);
    else
        value(node);
}

void CanonicalText::write_rest(
    const JsonTree::Node& node, const std::vector<Mark>& marks, std::string& text
) {
    text_ = &text;
    object(node, &marks);
}

void CanonicalText::value(const JsonTree::Node& node) {
    switch (node.kind) {
    case Kind::null:
        text_->append("null");
        return;
    case Kind::boolean:
    case Kind::number:
        text_->append(node.text);
        return;
    case Kind::string:
        append_json_text(*text_, node.text);
        return;
    case Kind::array:
        array(node);
        return;
    case Kind::object:
        object(node, nullptr);
        return;
    }
}

void CanonicalText::array(const JsonTree::Node& node) {
    text_->push_back('[');
    for (std::uint32_t i = node.first_child; i != 0; i = tree_.at(i).next_sibling) {
        if (i != node.first_child)
            text_->push_back(',');
        value(tree_.at(i));
    }
    text_->push_back(']');
}

void CanonicalText::sorted_array(const JsonTree::Node& node) {
    std::vector<std::string> elements;
    std::string& text = *text_;
    for (std::uint32_t i = node.first_child; i != 0; i = tree_.at(i).next_sibling) {
        text_ = &elements.emplace_back();
        value(tree_.at(i));
    }
    text_ = &text;
    std::ranges::sort(elements);
    text += '[';
    for (const std::string& element : elements) {
        if (&element != &elements.front())
            text += ',';
        text += element;
    }
    text += ']';
}

bool CanonicalText::is_noise(const JsonTree::Node& around, const JsonTree::Node& member) const {
    return member.kind == Kind::null || is_links(member.name) || is_secret(member.name) ||
           (same_name(member.name, "objectType") && same_name(around.name, "attributes"));
}

void CanonicalText::collect(const JsonTree::Node& node, const std::vector<Mark>* marks) {
    const auto begin = static_cast<std::ptrdiff_t>(members_.size());
    for (std::uint32_t i = node.first_child; i != 0; i = tree_.at(i).next_sibling)
        if (!is_noise(node, tree_.at(i)) && (marks == nullptr || (*marks)[i] != Mark::taken))
            members_.push_back(i);
    std::sort(members_.begin() + begin, members_.end(), [&](std::uint32_t a, std::uint32_t b) {
        return tree_.at(a).name < tree_.at(b).name;
    });
}

bool CanonicalText::object(const JsonTree::Node& node, const std::vector<Mark>* marks) {
    const std::size_t begin = members_.size();
    collect(node, marks);
    text_->push_back('{');
    bool empty = true;
    for (std::size_t k = begin; k < members_.size(); ++k) {
        const std::size_t before = text_->size();
        if (!empty)
            text_->push_back(',');
        const bool partly = marks != nullptr && (*marks)[members_[k]] == Mark::partly;
        if (member(tree_.at(members_[k]), partly ? marks : nullptr))
            empty = false;
        else
            text_->resize(before);
    }
    text_->push_back('}');
    members_.resize(begin);
    return !empty || (node.first_child == 0 && !same_name(node.name, "attributes"));
}

bool CanonicalText::member(const JsonTree::Node& node, const std::vector<Mark>* marks) {
    append_quoted(*text_, node.name);
    text_->push_back(':');
    if (node.kind == Kind::object)
        return object(node, marks);
    value(node);
    return true;
}

} // namespace pcmirror
