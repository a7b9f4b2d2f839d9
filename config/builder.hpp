#pragma once

#include "config/tree.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// What was found at a place where one character was exchanged so that reading could go on.
using StandIns = std::map<Position, Problem>;

/// Builds a tree from events in the order of the file; pure of yaml-cpp.
class TreeBuilder {
  public:
    using Anchor = std::size_t; ///< 0: none

    TreeBuilder(const Environment& environment, StandIns stand_ins, Problems& problems)
        : environment_(environment), stand_ins_(std::move(stand_ins)), problems_(problems) {}

    void null(Position at, Anchor anchor);
    void alias(Position at, Anchor anchor);
    /// `tag` is empty where the file has none that matters.
    void scalar(Position at, std::string_view tag, Anchor anchor, std::string text, bool quoted);
    void start(TreeNode::Kind container, Position at, std::string_view tag, Anchor anchor);
    void end();
    /// The finished tree; stand-ins that no scalar claimed are reported.
    Tree take();

  private:
    struct Frame {
        TreeNode* node;
        std::string path;
        std::optional<Entry> pending; ///< in a mapping: the key whose value comes next
        bool skip = false;            ///< the pending entry's key is wrong: drop its value
    };

    [[nodiscard]] bool awaits_key() const;
    [[nodiscard]] std::string path_here() const;
    TreeNode& make(TreeNode::Kind kind, Position at, Anchor anchor);
    void attach(const TreeNode& node);
    void take_key(const TreeNode& node);
    void take_value(Frame& frame, const TreeNode& node);
    void merge(Frame& frame);
    void merge_from(Frame& frame, const TreeNode& source, Position at);
    bool is_known_tag(std::string_view tag, Position at);
    void report(Position at, std::string path, std::string what, std::string hint = {});

    const Environment& environment_;
    StandIns stand_ins_;
    Problems& problems_;
    Tree tree_;
    std::vector<Frame> open_;
    std::map<Anchor, TreeNode*> anchors_;
};

} // namespace pcmirror
