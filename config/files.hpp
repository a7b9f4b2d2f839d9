#pragma once

#include "config/value.hpp"

#include <filesystem>
#include <string>

namespace pcmirror {

/// What a named file must hold, beside being readable.
enum class Content {
    secret,              ///< one line
    certificate,         ///< PEM
    certificate_and_key, ///< PEM, both in one file
};

/// The name of a file that need not exist; a relative one stands beside the configuration file.
Value<std::filesystem::path> path_beside(std::string accepted);

/// A file that must be there and readable, for the given use; a relative name is looked up in
/// $CREDENTIALS_DIRECTORY, then beside the configuration file.
Value<std::filesystem::path> existing_file(std::string accepted, Content content);

} // namespace pcmirror
