#pragma once

#include "sync/db/pool.hpp"

#include <string>
#include <string_view>

namespace pcmirror {

/// What the server says is wrong, without its severity, details and hints.
std::string server_words(std::string_view text);

/// What libpq says about a failed connection, without its line breaks and advice.
std::string connection_words(std::string_view text);

/// The error for a connection that could not be made, by libpq's words.
DatabaseError refused_connection(const std::string& shown_url, std::string_view words);

/// The error for a connection that was lost while it was in use.
DatabaseError lost_connection(std::string_view doing, std::string_view words);

} // namespace pcmirror
