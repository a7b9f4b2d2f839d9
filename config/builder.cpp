#include "config/builder.hpp"

#include "config/variables.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace pcmirror {

const Entry* TreeNode::find(std::string_view key) const {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
        return entry.key == key;
    });
    return found == entries.end() ? nullptr : &*found;
}

void TreeBuilder::report(Position at, std::string path, std::string what, std::string hint) {
    problems_.add({at, std::move(path), std::move(what), std::move(hint)});
}

bool TreeBuilder::awaits_key() const {
    return !open_.empty() && open_.back().node->kind == TreeNode::Kind::map &&
           !open_.back().pending;
}

std::string TreeBuilder::path_here() const {
    if (open_.empty())
        return {};
    const Frame& frame = open_.back();
    if (frame.node->kind == TreeNode::Kind::list)
        return fmt::format("{}[{}]", frame.path, frame.node->items.size());
    if (!frame.pending)
        return frame.path;
    return join_path(frame.path, frame.pending->key);
}

TreeNode& TreeBuilder::make(TreeNode::Kind kind, Position at, Anchor anchor) {
    TreeNode& node = tree_.nodes.emplace_back();
    node.kind = kind;
    node.at = at;
    if (anchor != 0)
        anchors_[anchor] = &node;
    return node;
}

void TreeBuilder::take_key(const TreeNode& node) {
    Frame& frame = open_.back();
    frame.pending = Entry{node.written, node.at, nullptr};
    frame.skip = node.kind != TreeNode::Kind::scalar;
    if (frame.skip && node.kind != TreeNode::Kind::broken)
        report(node.at, frame.path, "a key that is no text (\"key: value\" lines)");
}

void TreeBuilder::take_value(Frame& frame, const TreeNode& node) {
    Entry entry = *std::exchange(frame.pending, std::nullopt);
    if (std::exchange(frame.skip, false))
        return;
    if (const Entry* first = frame.node->find(entry.key)) {
        report(
            entry.at,
            join_path(frame.path, entry.key),
            fmt::format("stands a second time, after line {} (each key once)", first->at.line)
        );
        return;
    }
    entry.value = &node;
    frame.node->entries.push_back(std::move(entry));
}

void TreeBuilder::attach(const TreeNode& node) {
    if (open_.empty())
        tree_.root = &node;
    else if (open_.back().node->kind == TreeNode::Kind::list)
        open_.back().node->items.push_back(&node);
    else if (!open_.back().pending)
        take_key(node);
    else
        take_value(open_.back(), node);
}

void TreeBuilder::null(Position at, Anchor anchor) {
    const bool has_key = !open_.empty() && open_.back().pending;
    if (anchor != 0)
        report(
            at,
            path_here(),
            "an unquoted \"&\" starts an anchor, of nothing (a value in quotes)",
            "put the value in quotes: \"&...\""
        );
    if (!has_key) {
        attach(make(TreeNode::Kind::null, at, anchor));
        return;
    }
    Frame& frame = open_.back();
    const std::string& key = frame.pending->key;
    // The library takes a word alone for a key. It says where the next token stands, which is
    // behind the key, maybe lines below, if there is a colon.
    const bool colon = at != frame.pending->at;
    if (!colon) {
        report(
            at, path_here(), "no \": \" behind it (\"key: value\", with a blank after the colon)"
        );
        frame.skip = join_path({}, key) != key;
    }
    attach(make(colon ? TreeNode::Kind::null : TreeNode::Kind::broken, frame.pending->at, anchor));
}

void TreeBuilder::alias(Position at, Anchor anchor) {
    TreeNode* named = anchors_.at(anchor);
    const bool inside_itself = std::any_of(open_.begin(), open_.end(), [&](const Frame& frame) {
        return frame.node == named;
    });
    if (inside_itself) {
        report(
            at, path_here(), "an alias inside of what it names (an alias of something above it)"
        );
        named = &make(TreeNode::Kind::broken, at, 0);
    }
    attach(*named);
}

bool TreeBuilder::is_known_tag(std::string_view tag, Position at) {
    constexpr std::string_view standard = "tag:yaml.org,2002:";
    constexpr std::array<std::string_view, 7> known = {
        "str", "int", "float", "bool", "null", "map", "seq"};
    if (tag.empty())
        return true;
    if (tag.starts_with(standard) &&
        std::find(known.begin(), known.end(), tag.substr(standard.size())) != known.end())
        return true;
    report(
        at,
        path_here(),
        "an unquoted \"!\" starts a tag, and this one is unknown (a value in quotes)",
        "put the value in quotes: \"!...\""
    );
    return false;
}

void TreeBuilder::scalar(
    Position at, std::string_view tag, Anchor anchor, std::string text, bool quoted
) {
    TreeNode& node = make(TreeNode::Kind::scalar, at, anchor);
    node.quoted = quoted;
    node.written = std::move(text);
    node.text = node.written;
    if (const auto stand_in = stand_ins_.find(at); stand_in != stand_ins_.end()) {
        const Problem& problem = stand_in->second;
        report(at, path_here(), problem.what, problem.hint);
        stand_ins_.erase(stand_in);
        node.kind = TreeNode::Kind::broken;
    } else if (!is_known_tag(tag, at)) {
        node.kind = TreeNode::Kind::broken;
    } else if (!awaits_key()) {
        const Replaced replaced = replace_variables(node.written, environment_);
        node.text = replaced.text;
        node.replaced = replaced.changed;
        if (!replaced.wrong.empty()) {
            report(at, path_here(), replaced.wrong);
            node.kind = TreeNode::Kind::broken;
        }
    }
    attach(node);
}

void TreeBuilder::start(
    TreeNode::Kind container, Position at, std::string_view tag, Anchor anchor
) {
    const bool known = is_known_tag(tag, at);
    std::string path = path_here();
    TreeNode& node = make(container, at, anchor);
    if (known) {
        attach(node);
    } else {
        attach(make(TreeNode::Kind::broken, at, 0));
    }
    open_.push_back({&node, std::move(path), std::nullopt});
}

void TreeBuilder::end() {
    if (open_.back().node->kind == TreeNode::Kind::map)
        merge(open_.back());
    open_.pop_back();
}

void TreeBuilder::merge_from(Frame& frame, const TreeNode& source, Position at) {
    if (source.kind == TreeNode::Kind::broken)
        return;
    if (source.kind != TreeNode::Kind::map) {
        report(
            at, frame.path, "\"<<\" merges something else than a mapping (an alias of a mapping)"
        );
        return;
    }
    for (const Entry& entry : source.entries)
        if (frame.node->find(entry.key) == nullptr)
            frame.node->entries.push_back(entry);
}

void TreeBuilder::merge(Frame& frame) {
    auto& entries = frame.node->entries;
    const auto found = std::find_if(entries.begin(), entries.end(), [](const Entry& entry) {
        return entry.key == "<<";
    });
    if (found == entries.end())
        return;
    const Entry merged = *found;
    entries.erase(found);
    if (merged.value->kind != TreeNode::Kind::list)
        return merge_from(frame, *merged.value, merged.at);
    for (const TreeNode* source : merged.value->items)
        merge_from(frame, *source, merged.at);
}

Tree TreeBuilder::take() {
    for (const auto& [at, problem] : stand_ins_)
        problems_.add(problem);
    return std::move(tree_);
}

} // namespace pcmirror
