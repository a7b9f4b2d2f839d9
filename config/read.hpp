#pragma once

#include "config/settings.hpp"
#include "schema/catalogue.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror {

/// Looks up an environment variable; tests pass their own.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// The process's environment.
std::optional<std::string> process_environment(std::string_view name);

/// Reads and checks a configuration file. Throws `Error` (fix_config) whose message holds every
/// problem, one a line: `file:line:column: key.path: what is wrong (what is accepted)`, each
/// followed by `  hint: ...` where there is one. Reads no other file but the one named, and
/// checks that the secret files it names exist and can be read.
Settings read_settings(
    const std::filesystem::path& file,
    const Catalogue& catalogue,
    const Environment& environment = process_environment
);

/// The same from text, for tests; `file` is used in messages and to resolve relative names.
Settings parse_settings(
    std::string_view yaml,
    const std::filesystem::path& file,
    const Catalogue& catalogue,
    const Environment& environment = process_environment
);

/// `90s`, `15m`, `6h`, `2d`, `1h30m`, `500ms`; nothing if it is no duration.
std::optional<std::chrono::milliseconds> read_duration(std::string_view text);

/// The shortest spelling that `read_duration` takes: `1h30m`.
std::string show_duration(std::chrono::milliseconds duration);

/// The known word nearest to a misspelt one; empty when none is near.
std::string nearest(std::string_view word, std::span<const std::string> known);

} // namespace pcmirror
