#include "sync/http/tls.hpp"

#include "schema/error.hpp"
#include "sync/http/url.hpp"

#include <boost/asio/ssl/context.hpp>
#include <new>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace pcmirror::http {

namespace asio = boost::asio;

namespace {

void require_success(int openssl_result) {
    if (openssl_result != 1) {
        throw std::bad_alloc();
    }
}

std::string hint_for(long problem) {
    const std::string trusted = " (trusted are the system's CAs and those in tls_ca_file)";
    switch (problem) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "have the server's certificate renewed, or set this machine's clock right" + trusted;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "use the host name that the certificate was issued to" + trusted;
    default:
        return "put the certificate of the CA that signed it into tls_ca_file" + trusted;
    }
}

} // namespace

std::unique_ptr<asio::ssl::context> make_tls_context(const std::filesystem::path& ca_file) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    require_success(SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) == 1);
    context->set_verify_mode(asio::ssl::verify_peer);
    boost::system::error_code error;
    // A machine without a CA store is no error here: ca_file may hold all that is needed.
    context->set_default_verify_paths(error);
    if (!ca_file.empty()) {
        context->load_verify_file(ca_file.string(), error);
        if (error) {
            throw Error(
                Recovery::fix_config,
                "tls_ca_file: \"" + ca_file.string() + "\" can't be used: " + error.message(),
                "it is a readable file of CA certificates in PEM format"
            );
        }
    }
    return context;
}

void expect_host(ssl_st* tls, const std::string& host) {
    X509_VERIFY_PARAM* parameters = SSL_get0_param(tls);
    if (is_address(host)) {
        require_success(X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()));
        return;
    }
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    require_success(X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()));
    // SSL_set_tlsext_host_name, whose macro casts the name to a pointer to non-const the old way.
    require_success(static_cast<int>(SSL_ctrl(
        tls,
        SSL_CTRL_SET_TLSEXT_HOSTNAME,
        TLSEXT_NAMETYPE_host_name,
        const_cast<char*>(host.c_str())
    )));
}

CertificateProblem certificate_problem(const ssl_st* tls) {
    const long problem = SSL_get_verify_result(tls);
    if (problem == X509_V_OK) {
        return {};
    }
    return {X509_verify_cert_error_string(problem), hint_for(problem)};
}

} // namespace pcmirror::http
