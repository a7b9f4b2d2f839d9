#include "tests/simulated/transport_certificates.hpp"

#include <cstdlib>
#include <fstream>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <unistd.h>

namespace pcmirror {

namespace {

struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }

    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

    void operator()(BIO* memory) const { BIO_free(memory); }

    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};

template <typename T> using Owned = std::unique_ptr<T, Free>;

Owned<EVP_PKEY> make_key() {
    return Owned<EVP_PKEY>(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}

void extend(X509* certificate, int name, const std::string& value) {
    const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, nullptr, name, value.c_str())
    );
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
        throw std::runtime_error("bad certificate extension: " + value);
    }
}

void name_subject(X509* certificate, const char* common_name) {
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate),
        "CN",
        MBSTRING_UTF8,
        reinterpret_cast<const unsigned char*>(common_name),
        -1,
        -1,
        0
    );
}

Owned<X509> make_certificate(const char* common_name, EVP_PKEY* key, const CertificateWish& wish) {
    static long serial = 0;
    Owned<X509> certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_time_adj_ex(X509_getm_notBefore(certificate.get()), wish.first_day, 0, nullptr);
    X509_time_adj_ex(X509_getm_notAfter(certificate.get()), wish.last_day, 0, nullptr);
    X509_set_pubkey(certificate.get(), key);
    name_subject(certificate.get(), common_name);
    return certificate;
}

template <typename Write> std::string pem(Write write) {
    const Owned<BIO> memory(BIO_new(BIO_s_mem()));
    write(memory.get());
    std::string text(BIO_ctrl_pending(memory.get()), '\0');
    BIO_read(memory.get(), text.data(), static_cast<int>(text.size()));
    return text;
}

Identity in_pem(X509* certificate, EVP_PKEY* key) {
    return {pem([&](BIO* out) { PEM_write_bio_X509(out, certificate); }), pem([&](BIO* out) {
                PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

std::filesystem::path write_temporary(const std::string& text) {
    std::string name = std::filesystem::temp_directory_path() / "pcmirror-ca-XXXXXX";
    const int descriptor = ::mkstemp(name.data());
    if (descriptor < 0) {
        throw std::runtime_error("no temporary file for a CA");
    }
    ::close(descriptor);
    std::ofstream(name) << text;
    return name;
}

} // namespace

struct Authority::Keys {
    explicit Keys(const std::string& name)
        : certificate(make_certificate(name.c_str(), key.get(), {})) {}

    Owned<EVP_PKEY> key = make_key();
    Owned<X509> certificate;
};

Authority::Authority(const std::string& name) : keys_(std::make_unique<Keys>(name)) {
    X509* certificate = keys_->certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate, NID_key_usage, "critical,keyCertSign");
    X509_sign(certificate, keys_->key.get(), EVP_sha256());
    file_ = write_temporary(in_pem(certificate, keys_->key.get()).certificate);
}

Authority::~Authority() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

Identity Authority::issue(const CertificateWish& wish) const {
    const auto key = make_key();
    const auto certificate = make_certificate("Test server", key.get(), wish);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(keys_->certificate.get()));
    extend(certificate.get(), NID_subject_alt_name, wish.names);
    X509_sign(certificate.get(), keys_->key.get(), EVP_sha256());
    return in_pem(certificate.get(), key.get());
}

Identity self_signed(const CertificateWish& wish) {
    const auto key = make_key();
    const auto certificate = make_certificate("Test server", key.get(), wish);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    extend(certificate.get(), NID_subject_alt_name, wish.names);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    return in_pem(certificate.get(), key.get());
}

} // namespace pcmirror
