#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace pcmirror {

/// A number and what it counts, for messages: `1 record`, `3 records`. The noun is one that takes
/// an s.
std::string counted(std::integral auto number, std::string_view noun) {
    std::string text = std::to_string(number) + ' ' + std::string(noun);
    return number == 1 ? text : text + 's';
}

} // namespace pcmirror
