#pragma once

#include "config/problems.hpp"
#include "config/read.hpp"
#include "config/tree.hpp"

#include <span>
#include <string>
#include <string_view>

namespace pcmirror {

/// What reading one value may need beside the value.
struct Context {
    const std::filesystem::path& file;
    const Catalogue& catalogue;
    const Environment& environment;
    Problems& problems;
};

/// One value on its way into the settings: where it stands and what would be accepted there.
struct Place {
    const Context& context;
    const TreeNode& node; ///< has no value where a key is missing
    Position at;
    std::string path;
    std::string accepted;

    /// Reports `path: what (accepted)`.
    void wrong(std::string_view what, std::string hint = {}) const;
    /// The value of a member of this mapping.
    [[nodiscard]] Place below(const Entry& entry, std::string member_accepted) const;
    /// The place where a member of this mapping is missing.
    [[nodiscard]] Place absent(std::string_view key, std::string member_accepted) const;
    [[nodiscard]] std::string path_of(std::string_view key) const;
};

/// How a message speaks of a scalar: `"16"`, or `what "${N}" stands for`: the environment holds
/// secrets, so nothing from there is repeated.
std::string found(const TreeNode& node);

/// The scalar's text; without a value the empty text. Null when it is no scalar, which is reported.
const std::string* text_of(const Place& place);

/// The same where there must be a value.
const std::string* value_of(const Place& place);

/// The scalar of a number or a flag: one in quotes would be text, which is reported.
const std::string* unquoted_of(const Place& place);

/// Whether there is a mapping to read; reports anything else but nothing.
bool is_mapping(const Place& place);

/// Whether there is a list to read; reports anything else but nothing.
bool is_list(const Place& place);

/// Reports each member of a mapping that is not among the known ones.
void report_unknown(const Place& place, std::span<const std::string> known);

/// `a, b, c`
std::string listed(std::span<const std::string> words);

} // namespace pcmirror
