#include "sync/records/plan.hpp"

#include "sync/records/value.hpp"

#include <algorithm>

namespace pcmirror {

struct Plan::Walk {
    const JsonTree& tree;
    Found& found;
    std::vector<Mark>& marks;

    void complain(std::uint32_t node, const char* expected) {
        const JsonTree::Node& found_node = tree.at(node);
        if (found.problem.empty())
            found.problem =
                std::string(found_node.name) + ": " + shown(found_node) + " is " + expected;
    }
};

namespace {

/// "" is used beside absent for "nothing".
bool has_value(const JsonTree& tree, std::uint32_t node) {
    if (node == Plan::absent)
        return false;
    const JsonTree::Node& value = tree.at(node);
    return value.kind != JsonTree::Kind::string || !value.text.empty();
}

} // namespace

Plan::Plan(std::span<const Column> columns, std::span<const std::string_view> nested)
    : column_count_(columns.size()), nested_count_(nested.size()) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
        const Source& source = columns[c].source;
        if (source.kind != Source::Kind::item)
            continue;
        step_at(root_, source.path).columns.push_back(c);
        if (!source.or_path.empty())
            step_at(root_, source.or_path).second_paths.push_back(c);
    }
    for (std::size_t t = 0; t < nested.size(); ++t)
        step_at(root_, nested[t]).nested.push_back(t);
}

Plan::Step& Plan::step_at(Step& root, std::string_view pointer) {
    Step* step = &root;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view name = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(name.size());
        const auto known = std::ranges::find_if(step->steps, [&](const Step& s) {
            return same_name(s.name, name);
        });
        if (known != step->steps.end())
            step = &*known;
        else
            step = &step->steps.emplace_back(Step{.name = name});
    }
    return *step;
}

void Plan::bind(const JsonTree& tree, std::uint32_t node, Found& found, std::vector<Mark>& marks)
    const {
    found.columns.assign(column_count_, absent);
    found.second_paths.assign(column_count_, absent);
    found.nested.assign(nested_count_, absent);
    found.has_rest = false;
    found.problem.clear();
    Walk walk{tree, found, marks};
    if (tree.at(node).kind == JsonTree::Kind::object)
        members(walk, root_, node);
    else
        found.problem = shown(tree.at(node)) + " is no object";
    second_paths(walk);
}

void Plan::members(Walk& walk, const Step& around, std::uint32_t node) {
    // Records keep the order of their members, and mostly it is the one of the description.
    std::size_t expected = 0;
    const std::size_t count = around.steps.size();
    for (std::uint32_t i = walk.tree.at(node).first_child; i != 0;
         i = walk.tree.at(i).next_sibling) {
        std::size_t tried = 0;
        while (tried < count && !same_name(around.steps[expected].name, walk.tree.at(i).name)) {
            expected = expected + 1 < count ? expected + 1 : 0;
            ++tried;
        }
        if (tried < count)
            member(walk, around.steps[expected], i);
        else if (!is_links(walk.tree.at(i).name))
            walk.found.has_rest = true;
    }
}

void Plan::member(Walk& walk, const Step& step, std::uint32_t node) {
    const JsonTree::Node& value = walk.tree.at(node);
    for (const std::size_t c : step.second_paths)
        walk.found.second_paths[c] = node;
    if (value.kind == JsonTree::Kind::null)
        return;
    for (const std::size_t c : step.columns)
        walk.found.columns[c] = node;
    for (const std::size_t t : step.nested)
        walk.found.nested[t] = node;
    if (!step.nested.empty() && value.kind != JsonTree::Kind::array)
        walk.complain(node, "no array");

    if (step.takes())
        walk.marks[node] = Mark::taken;
    else if (step.steps.empty())
        walk.found.has_rest = true;
    else
        walk.marks[node] = Mark::partly;
    if (step.steps.empty())
        return;
    if (value.kind == JsonTree::Kind::object)
        members(walk, step, node);
    else if (!step.takes())
        walk.complain(node, "no object");
    // Sent empty, it has nothing for a column and is kept as it is.
    walk.found.has_rest = walk.found.has_rest || value.first_child == 0;
}

void Plan::second_paths(Walk& walk) {
    Found& found = walk.found;
    for (std::size_t c = 0; c < found.columns.size(); ++c) {
        if (found.second_paths[c] == absent || has_value(walk.tree, found.columns[c]))
            continue;
        found.columns[c] = found.second_paths[c];
        walk.marks[found.columns[c]] = Mark::taken;
    }
}

} // namespace pcmirror
