#pragma once

#include <filesystem>
#include <string_view>

namespace pcmirror::simulator {

enum class CertificateKind { good, expired, wrong_host, self_signed };

struct CertificateFiles {
    std::filesystem::path authority;   ///< PEM that clients trust
    std::filesystem::path certificate; ///< of the server
    std::filesystem::path key;
};

/// Makes an authority and a server certificate for 127.0.0.1, ::1 and localhost in the directory,
/// or takes those that an earlier start left there. Throws std::runtime_error.
CertificateFiles prepare_certificates(const std::filesystem::path& directory, CertificateKind kind);

} // namespace pcmirror::simulator
