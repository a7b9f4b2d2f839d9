#pragma once

#include <string>
#include <string_view>

namespace pcmirror {

/// 32 random bytes as base64url: a `state`, or the verifier of PKCE (RFC 7636).
std::string new_nonce();

/// The S256 challenge that goes ahead of a verifier.
std::string challenge_of(std::string_view verifier);

/// Takes the same time wherever they differ.
bool is_same_nonce(std::string_view a, std::string_view b);

} // namespace pcmirror
