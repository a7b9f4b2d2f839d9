#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Characters that a terminal shows for UTF-8 text, each counted as one.
std::size_t shown_width(std::string_view text);

/// Text from outside on one line: control characters become blanks.
std::string one_line(std::string_view text);

/// A table in aligned columns, two blanks apart, without trailing blanks.
class TextTable {
  public:
    enum class Align { left, right };

    struct Heading {
        std::string text;
        Align align = Align::left;
    };

    explicit TextTable(std::vector<Heading> headings) : headings_(std::move(headings)) {}

    /// One cell for each heading.
    void add(std::vector<std::string> cells);

    [[nodiscard]] bool empty() const { return rows_.empty(); }

    /// The headings, then the rows, each line ended.
    [[nodiscard]] std::string text() const;

  private:
    std::vector<Heading> headings_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace pcmirror
