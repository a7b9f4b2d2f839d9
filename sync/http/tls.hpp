#pragma once

#include <filesystem>
#include <memory>
#include <string>

struct ssl_st;

namespace boost::asio::ssl {
class context;
} // namespace boost::asio::ssl

namespace pcmirror::http {

/// TLS 1.2 or newer, peers verified against the system's CAs and those of `ca_file` (may be empty).
/// Throws `Error` (fix_config) when that file can't be used.
std::unique_ptr<boost::asio::ssl::context> make_tls_context(const std::filesystem::path& ca_file);

/// Before the handshake: asks for this host by SNI and accepts only a certificate issued to it (by
/// name, or by address where the host is one). Throws `std::bad_alloc`.
void expect_host(ssl_st* tls, const std::string& host);

/// Why a certificate was not accepted, and what a person does about it.
struct CertificateProblem {
    std::string reason; ///< empty: the certificate was not the problem
    std::string hint;
};

/// After a failed handshake.
CertificateProblem certificate_problem(const ssl_st* tls);

} // namespace pcmirror::http
