#include "sync/records/json.hpp"

#include "sync/records/json_builder.hpp"

#include <boost/json/basic_parser_impl.hpp>

namespace pcmirror {
namespace {

using boost::json::error;

// "\ud83d" with no other half behind it.
bool ends_in_half_a_pair(std::string_view json) {
    constexpr std::size_t size = 6;
    if (json.size() < size)
        return false;
    json.remove_prefix(json.size() - size);
    return json.starts_with("\\u") && (json[2] == 'd' || json[2] == 'D') &&
           std::string_view("89abAB").find(json[3]) != std::string_view::npos;
}

std::string words_for(const boost::json::error_code& code, std::string_view json, std::size_t at) {
    if (code == error::incomplete)
        return "the JSON ends too early";
    if (code == error::too_deep)
        return "the JSON is nested deeper than " + std::to_string(max_json_depth) + " levels";
    if (code == error::illegal_leading_surrogate || code == error::illegal_trailing_surrogate ||
        code == error::expected_utf16_escape || ends_in_half_a_pair(json.substr(0, at)))
        return "a lone surrogate at byte " + std::to_string(at);
    if (code == error::exponent_overflow)
        return "a number too large for any column at byte " + std::to_string(at);
    if (at < json.size() && static_cast<unsigned char>(json[at]) >= 0x80)
        return "bad UTF-8 at byte " + std::to_string(at);
    return "bad JSON at byte " + std::to_string(at);
}

// One step of a JSON pointer, "~1" and "~0" undone.
std::string step_name(std::string_view step) {
    std::string name;
    for (std::size_t i = 0; i < step.size(); ++i) {
        const bool escape = step[i] == '~' && i + 1 < step.size();
        if (escape && (step[i + 1] == '0' || step[i + 1] == '1'))
            name += step[++i] == '0' ? '~' : '/';
        else
            name += step[i];
    }
    return name;
}

} // namespace

std::string JsonTree::parse(std::string_view json) {
    nodes_.clear();
    text_.clear();
    // Unescaped text is never longer than what was sent, so the arena does not move under the
    // views.
    text_.reserve(json.size());

    boost::json::parse_options options;
    options.max_depth = max_json_depth;
    boost::json::basic_parser<JsonTreeBuilder> parser(options, *this, json);
    boost::json::error_code code;
    const std::size_t used = parser.write_some(false, json.data(), json.size(), code);
    if (!code && used < json.size())
        code = error::extra_data;
    if (!code)
        return {};

    nodes_.assign(1, Node());
    const std::string& problem = parser.handler().problem();
    return problem.empty() ? words_for(code, json, used) : problem;
}

const JsonTree::Node* JsonTree::member(const Node& object, std::string_view name) const {
    if (object.kind != Kind::object)
        return nullptr;
    for (std::uint32_t i = object.first_child; i != 0; i = nodes_[i].next_sibling)
        if (same_name(nodes_[i].name, name))
            return &nodes_[i];
    return nullptr;
}

const JsonTree::Node* JsonTree::find(const Node& from, std::string_view pointer) const {
    const Node* node = &from;
    while (node != nullptr && !pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view step = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(step.size());
        node = member(*node, step_name(step));
    }
    return node;
}

} // namespace pcmirror
