#include "sync/records/value.hpp"

#include "sync/records/canonical.hpp"
#include "sync/records/normal.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace pcmirror {
namespace {

using Kind = JsonTree::Kind;

Reading take(std::optional<std::string>&& found, std::string& text) {
    if (!found)
        return Reading::wrong;
    text = std::move(*found);
    return Reading::value;
}

// An empty text is how the API says "nothing" where a text has another meaning than its letters.
Reading take_or_null(std::optional<std::string>&& found, std::string& text) {
    if (found && found->empty())
        return Reading::null;
    return take(std::move(found), text);
}

Reading read_text(const Column& column, const JsonTree::Node& node, std::string& text) {
    const bool is_enumeration = !column.normal.spellings.empty();
    if (node.kind == Kind::number && is_enumeration)
        return take(read_integer(node.text, 64), text);
    if (node.kind != Kind::string)
        return Reading::wrong;
    if (is_enumeration)
        text = read_enumeration(node.text, column.normal.spellings);
    else if (is_guid(node.text))
        append_guid(text, node.text);
    else
        text.assign(node.text);
    return Reading::value;
}

Reading read_number(const Column& column, const JsonTree::Node& node, std::string& text) {
    const bool is_text = node.kind == Kind::string && column.normal.numeric_text;
    if (is_text && node.text.empty())
        return Reading::null;
    if (node.kind != Kind::number && !is_text)
        return Reading::wrong;
    return take(read_numeric(node.text), text);
}

Reading read_whole_number(const JsonTree::Node& node, int bits, std::string& text) {
    return node.kind == Kind::number ? take(read_integer(node.text, bits), text) : Reading::wrong;
}

template <class Read>
Reading read_special_text(const JsonTree::Node& node, Read read, std::string& text) {
    if (node.kind != Kind::string)
        return Reading::wrong;
    return node.text.empty() ? Reading::null : take_or_null(read(node.text), text);
}

Reading read_boolean(const JsonTree::Node& node, std::string& text) {
    text.assign(node.text);
    return node.kind == Kind::boolean ? Reading::value : Reading::wrong;
}

void append_array_element(std::string& literal, std::string_view element) {
    literal += '"';
    for (const char c : element) {
        if (c == '"' || c == '\\')
            literal += '\\';
        literal += c;
    }
    literal += '"';
}

Reading read_array(
    const Column& column, const JsonTree& tree, const JsonTree::Node& node, std::string& literal
) {
    if (node.kind != Kind::array)
        return Reading::wrong;
    std::vector<std::string> elements;
    for (std::uint32_t i = node.first_child; i != 0; i = tree.at(i).next_sibling) {
        const JsonTree::Node& element = tree.at(i);
        if (element.kind == Kind::null)
            continue;
        if (read_text(column, element, elements.emplace_back()) == Reading::wrong)
            return Reading::wrong;
    }
    if (column.normal.sorted)
        std::ranges::sort(elements);
    literal = "{";
    for (const std::string& element : elements) {
        if (&element != &elements.front())
            literal += ',';
        append_array_element(literal, element);
    }
    literal += '}';
    return Reading::value;
}

std::string_view expectation(const Column& column, Kind found) {
    switch (column.type) {
    case Type::uuid:
        return "no GUID";
    case Type::text:
        return "no text";
    case Type::integer:
        return found == Kind::number ? "no integer of 32 bits" : "no integer";
    case Type::bigint:
        return found == Kind::number ? "no integer of 64 bits" : "no integer";
    case Type::numeric:
        return found == Kind::number ? "no number of at most 1000 digits" : "no number";
    case Type::boolean:
        return "neither true nor false";
    case Type::timestamp:
        return "no date-time";
    case Type::date:
        return "no date";
    case Type::text_array:
        return "no array of texts";
    case Type::jsonb:
        return "no JSON";
    }
    return "of no known type";
}

// Cut to what fits a message, never inside a character, without what a terminal would obey.
std::string cut(std::string_view text) {
    constexpr std::size_t max_shown = 60;
    const bool whole = text.size() <= max_shown;
    std::size_t size = std::min(text.size(), max_shown);
    while (!whole && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        --size;
    std::string shown(text.substr(0, size));
    std::ranges::replace_if(
        shown, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }, ' '
    );
    return whole ? shown : shown + "...";
}

} // namespace

Reading read_value(
    const Column& column, const JsonTree& tree, const JsonTree::Node& node, std::string& text
) {
    text.clear();
    if (node.kind == Kind::null)
        return Reading::null;
    if (column.normal.empty_is_null && node.kind == Kind::string && node.text.empty())
        return Reading::null;
    switch (column.type) {
    case Type::uuid:
        return read_special_text(node, read_guid, text);
    case Type::text:
        return read_text(column, node, text);
    case Type::integer:
        return read_whole_number(node, 32, text);
    case Type::bigint:
        return read_whole_number(node, 64, text);
    case Type::numeric:
        return read_number(column, node, text);
    case Type::boolean:
        return read_boolean(node, text);
    case Type::timestamp:
        return read_special_text(node, read_timestamp, text);
    case Type::date:
        return read_special_text(node, read_date, text);
    case Type::text_array:
        return read_array(column, tree, node, text);
    case Type::jsonb:
        CanonicalText(tree).write(node, column.normal.sorted, text);
        return Reading::value;
    }
    return Reading::wrong;
}

std::string shown(const JsonTree::Node& node) {
    switch (node.kind) {
    case Kind::null:
        return "null";
    case Kind::boolean:
    case Kind::number:
        return cut(node.text);
    case Kind::string:
        return '"' + cut(node.text) + '"';
    case Kind::array:
        return "an array";
    case Kind::object:
        return "an object";
    }
    return {};
}

std::string complaint(const Column& column, const JsonTree::Node& found) {
    return shown(found) + " is " + std::string(expectation(column, found.kind));
}

} // namespace pcmirror
