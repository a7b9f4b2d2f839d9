#pragma once

#include "schema/resource.hpp"
#include "sync/records/canonical.hpp"
#include "sync/records/json.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Which members of a record one table's columns, and the tables nested in it, take: the paths of
/// its description turned into a tree of names, so that a record is walked once.
class Plan {
  public:
    static constexpr std::uint32_t absent = 0xFFFFFFFF;

    /// What one record has for the plan: indices of nodes, or `absent`.
    struct Found {
        std::vector<std::uint32_t> columns;
        std::vector<std::uint32_t> second_paths; ///< of `Source::or_path`
        std::vector<std::uint32_t> nested;       ///< arrays, in the order of `nested`
        bool has_rest = false;                   ///< some member was taken by nothing
        std::string problem; ///< the first thing that is no object or array where one belongs
    };

    Plan(std::span<const Column> columns, std::span<const std::string_view> nested);

    /// Finds everything below one node and marks what was taken.
    void
    bind(const JsonTree& tree, std::uint32_t node, Found& found, std::vector<Mark>& marks) const;

  private:
    struct Step {
        std::string_view name;
        std::vector<std::size_t> columns;
        std::vector<std::size_t> second_paths;
        std::vector<std::size_t> nested;
        std::vector<Step> steps;

        [[nodiscard]] bool takes() const { return !columns.empty() || !nested.empty(); }
    };

    struct Walk;

    static Step& step_at(Step& root, std::string_view pointer);
    static void members(Walk& walk, const Step& around, std::uint32_t node);
    static void member(Walk& walk, const Step& step, std::uint32_t node);
    static void second_paths(Walk& walk);

    Step root_;
    std::size_t column_count_ = 0;
    std::size_t nested_count_ = 0;
};

} // namespace pcmirror
