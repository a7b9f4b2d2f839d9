#pragma once

#include "config/secret.hpp"

#include <filesystem>
#include <string>

namespace pcmirror {

/// The content of a small file (1 MiB at most). Throws `Error` (fix_config) that says why the file
/// can't be read, without naming it: `does not exist`.
std::string read_small_file(const std::filesystem::path& file);

/// A secret in a file of its own, without the newline at its end. Throws `Error` (fix_config) as
/// above, also for a file that is empty or has more than one line.
Secret read_secret_file(const std::filesystem::path& file);

} // namespace pcmirror
