#pragma once

#include "schema/letters.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// One JSON record, parsed by itself into a flat tree that is reused from record to record, so
/// that a page costs no allocation per value. Numbers keep their text; strings are checked UTF-8
/// with escapes undone.
class JsonTree {
  public:
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    /// A value in the tree; cheap to copy, valid until the next `parse` and as long as what was
    /// parsed: names and texts without escapes are views into it.
    struct Node {
        Kind kind = Kind::null;
        std::string_view name = {}; ///< member name; empty in arrays and at the root
        std::string_view text = {}; ///< string: unescaped; number: as sent; boolean: "true"/"false"
        std::uint32_t first_child =
            0; ///< index, 0 when there is none (0 is the root, never a child)
        std::uint32_t next_sibling = 0;
    };

    JsonTree() = default;
    // A copy's views would point into the original.
    JsonTree(const JsonTree&) = delete;
    JsonTree& operator=(const JsonTree&) = delete;
    JsonTree(JsonTree&&) = default;
    JsonTree& operator=(JsonTree&&) = default;
    ~JsonTree() = default;

    /// Parses one value and nothing but white space around it. Returns what is wrong in words, or
    /// an empty string. Refused: lone surrogates, bad UTF-8, U+0000, nesting deeper than 64,
    /// numbers whose exponent or length no column could hold, duplicate member names in one object
    /// (compared without case) when their values differ; of equal ones the first is kept.
    std::string parse(std::string_view json);

    [[nodiscard]] const Node& root() const { return nodes_.front(); }

    [[nodiscard]] const Node& at(std::uint32_t index) const { return nodes_[index]; }

    /// How many nodes there are: an upper bound of the indices.
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }

    /// The member of that name, compared without ASCII case, or null.
    [[nodiscard]] const Node* member(const Node& object, std::string_view name) const;
    /// Follows a JSON pointer through members ("/companyProfile/domain"); null where a step is
    /// missing. Array elements have no pointer here.
    [[nodiscard]] const Node* find(const Node& from, std::string_view pointer) const;

  private:
    friend class JsonTreeBuilder;
    std::vector<Node> nodes_ = std::vector<Node>(1);
    std::string text_; ///< names and texts that came in pieces, their escapes undone
    std::vector<std::uint32_t> slots_; ///< scratch for finding duplicate names
};

} // namespace pcmirror
