#pragma once

#include "sync/records/json.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pcmirror {

/// What a table's columns leave of a member.
enum class Mark : std::uint8_t {
    rest,   ///< nothing took it: it goes to `extra`
    partly, ///< an object some of whose members were taken
    taken,
};

/// Writes JSON values in one spelling: members sorted by name, null members, `links` and
/// `attributes.objectType` left out, GUIDs in lower case, numbers as they were sent. An object that
/// becomes empty by this is left out of the object around it; one that was sent empty stays.
class CanonicalText {
  public:
    explicit CanonicalText(const JsonTree& tree) : tree_(tree) {}

    /// The whole value. With `sorted` the elements of an array are put in order of their text.
    void write(const JsonTree::Node& value, bool sorted, std::string& text);

    /// What `marks` (one for each node of the tree) leave of an object; "{}" if nothing.
    void
    write_rest(const JsonTree::Node& object, const std::vector<Mark>& marks, std::string& text);

  private:
    void value(const JsonTree::Node& node);
    void array(const JsonTree::Node& node);
    void sorted_array(const JsonTree::Node& node);
    void collect(const JsonTree::Node& node, const std::vector<Mark>* marks);
    /// False: nothing is left of it, and the object around it leaves it out.
    bool object(const JsonTree::Node& node, const std::vector<Mark>* marks);
    bool member(const JsonTree::Node& node, const std::vector<Mark>* marks);
    [[nodiscard]] bool is_noise(const JsonTree::Node& around, const JsonTree::Node& member) const;

    const JsonTree& tree_;
    std::string* text_ = nullptr;
    std::vector<std::uint32_t> members_; ///< of the objects being written, outermost first
};

/// Whether a member of that name is never data: `links`.
bool is_links(std::string_view name);

/// Appends a JSON string with its quotes, GUIDs in lower case.
void append_json_text(std::string& text, std::string_view value);

} // namespace pcmirror
