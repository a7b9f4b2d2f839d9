#pragma once

#include <string>
#include <string_view>

namespace pcmirror::web {

/// Whether an `Accept-Encoding` header takes gzip.
bool takes_gzip(std::string_view accept_encoding);

/// The text as one gzip member.
std::string gzipped(std::string_view text);

} // namespace pcmirror::web
