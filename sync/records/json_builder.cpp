#include "sync/records/json_builder.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <functional>

namespace pcmirror {
namespace {

// PostgreSQL's numeric ends at 131,072 digits; what is longer than this is no quantity and no
// price.
constexpr std::size_t max_number_size = 1000;
constexpr int max_exponent = 1000;

bool exponent_fits(std::string_view number) {
    const std::size_t e = number.find_first_of("eE");
    if (e == std::string_view::npos)
        return true;
    number.remove_prefix(e + 1);
    if (number.front() == '+' || number.front() == '-')
        number.remove_prefix(1);
    int exponent = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), exponent);
    return read.ec == std::errc() && exponent <= max_exponent;
}

// Equal for names that differ in case only; other names seldom share it.
std::uint64_t hash_of(std::string_view name) {
    constexpr std::uint64_t lower_case = 0x2020202020202020;
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
    std::uint64_t hash = name.size();
    while (!name.empty()) {
        std::uint64_t word = 0;
        const std::size_t size = std::min(name.size(), sizeof word);
        std::memcpy(&word, name.data(), size);
        hash = std::rotl((hash ^ (word | lower_case)) * odd, 29);
        name.remove_prefix(size);
    }
    return hash * odd;
}

} // namespace

bool JsonTreeBuilder::add(JsonTree::Kind kind, std::string_view text) {
    const auto index = static_cast<std::uint32_t>(tree_.nodes_.size());
    tree_.nodes_.push_back({.kind = kind, .name = name_, .text = text});
    name_ = {};
    if (depth_ == 0)
        return true;
    Open& around = stack_[depth_ - 1];
    if (around.last_child == 0)
        tree_.nodes_[around.container].first_child = index;
    else
        tree_.nodes_[around.last_child].next_sibling = index;
    around.last_child = index;
    return true;
}

bool JsonTreeBuilder::open(JsonTree::Kind kind) {
    add(kind, {});
    stack_[depth_++] = {static_cast<std::uint32_t>(tree_.nodes_.size() - 1), 0};
    return true;
}

bool JsonTreeBuilder::close() {
    --depth_;
    return true;
}

bool JsonTreeBuilder::begin_of_text(View part) {
    tree_.text_.append(part.data(), part.size());
    return true;
}

bool JsonTreeBuilder::is_as_sent(std::string_view text) const {
    return std::less_equal<>()(json_.data(), text.data()) &&
           std::less_equal<>()(text.data() + text.size(), json_.data() + json_.size());
}

std::string_view JsonTreeBuilder::whole_text(View part, std::size_t size) {
    const std::string_view last(part.data(), part.size());
    if (last.size() == size && is_as_sent(last))
        return last;
    begin_of_text(part);
    return std::string_view(tree_.text_).substr(tree_.text_.size() - size);
}

bool JsonTreeBuilder::refuse(std::string problem, Code& code) {
    problem_ = std::move(problem);
    code = boost::json::error::syntax;
    return false;
}

bool JsonTreeBuilder::text_is_clean(std::string_view text, Code& code) {
    // As a byte of its own it is no JSON; it takes an escape.
    if (is_as_sent(text) || text.find('\0') == std::string_view::npos)
        return true;
    return refuse("a text contains U+0000, which PostgreSQL can't store", code);
}

bool JsonTreeBuilder::on_string(View part, std::size_t size, Code& code) {
    const std::string_view text = whole_text(part, size);
    return text_is_clean(text, code) && add(JsonTree::Kind::string, text);
}

bool JsonTreeBuilder::on_key(View part, std::size_t size, Code& code) {
    name_ = whole_text(part, size);
    return text_is_clean(name_, code);
}

bool JsonTreeBuilder::on_number_part(View part, Code&) {
    number_size_ += part.size();
    return begin_of_text(part);
}

bool JsonTreeBuilder::number(View part, Code& code) {
    const std::string_view text = whole_text(part, number_size_ + part.size());
    number_size_ = 0;
    if (text.size() > max_number_size || !exponent_fits(text))
        return refuse(
            "the number " + std::string(text.substr(0, 40)) + " is beyond any column", code
        );
    return add(JsonTree::Kind::number, text);
}

bool JsonTreeBuilder::on_bool(bool value, Code&) {
    return add(JsonTree::Kind::boolean, value ? "true" : "false");
}

bool JsonTreeBuilder::equal(const JsonTree::Node& a, const JsonTree::Node& b) const {
    if (a.kind != b.kind || a.text != b.text)
        return false;
    std::uint32_t i = a.first_child;
    std::uint32_t j = b.first_child;
    while (i != 0 && j != 0) {
        const JsonTree::Node& child = tree_.nodes_[i];
        const JsonTree::Node& other = tree_.nodes_[j];
        if (child.name != other.name || !equal(child, other))
            return false;
        i = child.next_sibling;
        j = other.next_sibling;
    }
    return i == j;
}

std::uint32_t& JsonTreeBuilder::slot_of(std::string_view name) {
    const std::size_t mask = tree_.slots_.size() - 1;
    std::size_t at = static_cast<std::size_t>(hash_of(name) >> 32) & mask;
    while (tree_.slots_[at] != 0 && !same_name(tree_.nodes_[tree_.slots_[at]].name, name))
        at = (at + 1) & mask;
    return tree_.slots_[at];
}

bool JsonTreeBuilder::on_object_end(std::size_t members, Code& code) {
    constexpr std::size_t few = 16;
    const std::uint32_t container = stack_[depth_ - 1].container;
    const bool told_apart = members <= few ? drop_repeated(container, code)
                                           : drop_repeated_of_many(container, members, code);
    return told_apart && close();
}

bool JsonTreeBuilder::drop(
    std::uint32_t before, std::uint32_t first, std::uint32_t repeated, Code& code
) {
    std::vector<JsonTree::Node>& nodes = tree_.nodes_;
    if (!equal(nodes[first], nodes[repeated]))
        return refuse(
            "two members named \"" + std::string(nodes[repeated].name) + "\" differ", code
        );
    nodes[before].next_sibling = nodes[repeated].next_sibling;
    return true;
}

/// Comparing each with each takes less than hashing them.
bool JsonTreeBuilder::drop_repeated(std::uint32_t container, Code& code) {
    const std::vector<JsonTree::Node>& nodes = tree_.nodes_;
    const std::uint32_t begin = nodes[container].first_child;
    std::uint32_t before = 0;
    for (std::uint32_t i = begin; i != 0; i = nodes[i].next_sibling) {
        std::uint32_t first = begin;
        while (first != i && !same_name(nodes[first].name, nodes[i].name))
            first = nodes[first].next_sibling;
        if (first == i)
            before = i;
        else if (!drop(before, first, i, code))
            return false;
    }
    return true;
}

bool JsonTreeBuilder::drop_repeated_of_many(
    std::uint32_t container, std::size_t members, Code& code
) {
    const std::vector<JsonTree::Node>& nodes = tree_.nodes_;
    tree_.slots_.assign(std::bit_ceil(2 * members + 1), 0);
    std::uint32_t before = 0;
    for (std::uint32_t i = nodes[container].first_child; i != 0; i = nodes[i].next_sibling) {
        std::uint32_t& first = slot_of(nodes[i].name);
        if (first == 0)
            first = before = i;
        else if (!drop(before, first, i, code))
            return false;
    }
    return true;
}

} // namespace pcmirror
