#pragma once

#include <string_view>

namespace pcmirror {

/// A hash of the sources that decide what rows a page makes, in hex: builds in which it differs may
/// read the same bytes differently. `decoding.cmake` makes its definition.
std::string_view decoding();

} // namespace pcmirror
