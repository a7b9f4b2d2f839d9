#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace pcmirror {

/// The signed statement that stands for a client secret where the application signs in with a
/// certificate: a JWT, RS256, `x5t` the certificate's SHA-1 thumbprint, good for ten minutes for
/// `audience` (the token endpoint). `pem` names a file with certificate and unencrypted RSA key.
/// Throws `Error` (fix_api) saying what is wrong with the file.
std::string make_client_assertion(
    const std::filesystem::path& pem,
    const std::string& client_id,
    const std::string& audience,
    const std::string& unique_id,
    std::chrono::system_clock::time_point now
);

} // namespace pcmirror
