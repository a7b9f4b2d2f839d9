#pragma once

#include "config/problems.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Finds places in a text of UTF-8; keeps a view of it.
class Lines {
  public:
    explicit Lines(std::string_view text);

    [[nodiscard]] std::string_view text() const { return text_; }

    [[nodiscard]] std::size_t offset(Position at) const;
    [[nodiscard]] Position position(std::size_t offset) const;
    /// The place of a line and a column in bytes, both counted from 0.
    [[nodiscard]] Position position(int line, int column_bytes) const;
    /// Where a line starts, counted from 1; the end of the text behind the last one.
    [[nodiscard]] std::size_t start(int line) const;

  private:
    std::string_view text_;
    std::vector<std::size_t> starts_ = {0};
};

/// Whether a byte is the second, third or fourth of a character.
constexpr bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

} // namespace pcmirror
