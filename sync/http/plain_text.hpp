#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pcmirror {

/// Text of foreign origin made fit for a message. Pure.

/// The text with every byte that is not UTF-8 replaced by '?'.
std::string valid_utf8(std::string_view text);

/// Numeric character references and amp, lt, gt, quot, apos, nbsp undone, once; others stay.
std::string without_entities(std::string_view text);

/// Runs of blanks and control characters become one blank, ends are trimmed, what exceeds `most`
/// bytes is cut between characters and marked with "...".
std::string one_line(std::string_view text, std::size_t most);

} // namespace pcmirror
