#pragma once

#include "daemon/web/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pcmirror::web {

/// What a request asks for.
struct Target {
    std::string path; ///< decoded; begins with a slash
    WebFields query;
    std::string authority; ///< of the absolute form, as sent; else empty
};

/// Reads a request target: `/path?query`, or absolute as proxies send it. Nothing for other forms,
/// broken escapes, and paths with control characters.
std::optional<Target> read_target(std::string_view text);

} // namespace pcmirror::web
