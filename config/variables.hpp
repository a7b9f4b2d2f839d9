#pragma once

#include "config/read.hpp"

#include <string>
#include <string_view>

namespace pcmirror {

/// A scalar after its `${NAME}`s were replaced.
struct Replaced {
    std::string text;
    bool changed = false; ///< at least one `${NAME}` was replaced
    std::string wrong;    ///< what is wrong, with what is accepted; never quotes the scalar
};

/// Replaces each `${NAME}` by that variable of the environment and `$$` by `$`; any other `$`
/// stays. An unset variable is wrong, one that is set and empty is not. What a variable holds is
/// not looked into again.
Replaced replace_variables(std::string_view scalar, const Environment& environment);

} // namespace pcmirror
