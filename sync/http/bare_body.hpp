#pragma once

#include <string_view>

namespace pcmirror {

/// A body without the byte order mark that may lead it.
std::string_view without_mark(std::string_view body);

/// Without the blanks of JSON around it, too; empty where there is nothing else.
std::string_view bare_body(std::string_view body);

} // namespace pcmirror
