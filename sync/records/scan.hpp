#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pcmirror {

/// Walks over JSON text by its brackets and quotes alone: fast, and tolerant of whatever is wrong
/// inside a value. Depth costs a counter, no stack.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : text_(text) {}

    /// Where it stands, in bytes from the beginning.
    [[nodiscard]] std::size_t position() const { return at_; }

    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

    /// The byte it stands on; NUL at the end.
    [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }

    /// Skips a byte order mark.
    void skip_mark();
    void skip_space();
    /// Steps over that byte and the white space behind it, if it stands on it.
    bool accept(char byte);

    /// Steps over a string: the raw text between its quotes. Nothing if none begins here or it does
    /// not end.
    std::optional<std::string_view> string();
    /// Steps over any value: its raw text. Nothing if none begins here or it does not end.
    std::optional<std::string_view> value();

  private:
    bool skip_string();
    bool skip_nested();
    bool skip_scalar();

    std::string_view text_;
    std::size_t at_ = 0;
};

/// Whether a member name as it stands between its quotes means `name`: escapes undone, compared
/// without case.
bool raw_name_is(std::string_view raw, std::string_view name);

/// The raw value that a JSON pointer leads to, in a record that may be broken elsewhere. Nothing if
/// it isn't there, or is there more than once.
std::optional<std::string_view> raw_member(std::string_view record, std::string_view pointer);

} // namespace pcmirror
