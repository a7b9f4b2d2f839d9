#pragma once

#include <string>

namespace pcmirror {

/// Whether somebody sits before this: a terminal on stderr and a display. Not as root, who should
/// run no browser.
bool has_browser();

/// Opens an address by `xdg-open`, beside this program. What goes wrong is nobody's loss: the
/// address is on the terminal, too.
void open_browser(const std::string& address);

} // namespace pcmirror
