#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pcmirror {

/// Makes stdin, stdout and stderr safe to write to: none of them is a closed descriptor that a
/// socket could take the place of, and a reader that went away is no signal.
void secure_standard_streams();

/// Writes results to stdout. A reader that went away, or was never there, is not an error:
/// `pcmirror ... | head` is fine; whether there is one. Throws `Error` when nothing more can be
/// written for another reason (disk full).
bool print(std::string_view text);

/// Writes what exists only once to stdout. Returns why it is not with its reader or on its disk, as
/// far as that can be told; empty: it is.
std::string hand_out(std::string_view text);

/// Writes a message for people to stderr. Never fails.
void tell(std::string_view text);

/// Whether progress bars and colour may be shown on stderr: a terminal, and NO_COLOR is unset.
bool stderr_is_lively();

/// Columns of the terminal on stderr; 80 where there is none.
std::size_t terminal_width();

} // namespace pcmirror
