#pragma once

#include "config/problems.hpp"
#include "config/read.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

struct TreeNode;

/// `key: value` of a mapping.
struct Entry {
    std::string key;
    Position at; ///< of the key
    const TreeNode* value = nullptr;
};

/// A YAML node that knows where it stands. yaml-cpp's own nodes forget duplicate keys.
struct TreeNode {
    enum class Kind {
        null,
        scalar,
        list,
        map,
        broken, ///< its problem is reported already: nothing more to say about it
    };

    Kind kind = Kind::null;
    Position at;           ///< of the value; of the key where there is no value
    std::string text;      ///< of a scalar, variables replaced
    std::string written;   ///< of a scalar, as it stands in the file
    bool quoted = false;   ///< a scalar in quotes or a block
    bool replaced = false; ///< a scalar that holds something from the environment
    std::vector<const TreeNode*> items = {};
    std::vector<Entry> entries = {};

    [[nodiscard]] const Entry* find(std::string_view key) const;
};

/// Owns its nodes; an anchored one may stand in several places, never inside itself.
struct Tree {
    std::deque<TreeNode> nodes;
    const TreeNode* root = nullptr; ///< null when the text is empty or is no YAML
};

/// Reads one YAML document: `${NAME}` replaced, merge keys applied; duplicate keys, unknown tags
/// and unset variables reported. Syntax errors that can be stepped over (an unquoted `*` or `@`)
/// leave a broken node; after any other the tree is empty.
Tree read_tree(std::string_view yaml, const Environment& environment, Problems& problems);

} // namespace pcmirror
