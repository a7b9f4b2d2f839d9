#pragma once

#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// Checks a client assertion: three parts, RS256, issued by and for the client, for that audience,
/// not expired, and signed with the key of the certificate where a file is given. Returns what is
/// wrong, or an empty string.
std::string flaw_in_assertion(
    std::string_view jwt, std::string_view client_id, const std::string& certificate_file
);

} // namespace pcmirror::simulator
