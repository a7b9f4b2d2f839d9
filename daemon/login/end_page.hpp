#pragma once

#include "daemon/web/message.hpp"
#include "schema/error.hpp"

#include <string>

namespace pcmirror {

/// What the browser shows at the end of a sign-in; self-contained, everything foreign escaped.
WebAnswer success_page(const std::string& refresh_token_file);
WebAnswer failure_page(const Error& error);

/// For an answer that belongs to another sign-in.
WebAnswer foreign_page();

/// For whatever else is asked for.
WebAnswer nothing_page();

} // namespace pcmirror
