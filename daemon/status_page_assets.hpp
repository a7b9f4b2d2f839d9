#pragma once

#include <string_view>

namespace pcmirror {

/// Style of the status page: light and dark, narrow and wide; text has a contrast of at least 4.5.
std::string_view status_page_style();

/// Renews the page's main part every 15 seconds while it is looked at, keeps what is unfolded, and
/// says so when pcmirror does not answer.
std::string_view status_page_script();

} // namespace pcmirror
