#pragma once

#include "config/lines.hpp"
#include "config/problems.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pcmirror {

/// A YAML syntax error in words.
struct SyntaxError {
    Position at;
    std::string what;
    std::string hint;
    /// Where one character (`*`, `@`, ...) starts a value that should be in quotes: its offset.
    std::optional<std::size_t> unquoted_at;
};

/// Words for what yaml-cpp found; `message` is its own text. Nothing from the file is quoted: it
/// might be a secret.
SyntaxError explain_syntax(const Lines& lines, Position at, std::string_view message);

/// The first thing that keeps the text from being YAML at all: bytes that are no UTF-8, control
/// characters.
std::optional<SyntaxError> flaw_in_encoding(const Lines& lines);

/// Whether the quoted scalar that starts here ends; yaml-cpp takes the end of the file for a quote.
bool quote_closes(const Lines& lines, Position at);

} // namespace pcmirror
