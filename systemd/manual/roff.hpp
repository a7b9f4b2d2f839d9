#pragma once

#include <string>
#include <string_view>

namespace pcmirror::manual {

/// The text as troff prints it as it stands: nothing in it is taken for a request, a dash stays the
/// dash that can be copied into a shell.
std::string escaped(std::string_view text);

/// The first lines of a manual page: its name, its section, what the section is called.
std::string page_head(std::string_view name, char section, std::string_view title);

/// `.SH` with the heading.
std::string heading(std::string_view text);

/// An item of a list: what it is about in bold, and text, which may have requests in it.
std::string item(std::string_view tag, std::string_view text);

/// Lines shown as they are, such as a command line.
std::string shown(std::string_view lines);

} // namespace pcmirror::manual
