#include "tests/simulator/certificates.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <sys/stat.h>

namespace pcmirror::simulator {

namespace {

namespace fs = std::filesystem;

struct Free {
    void operator()(X509* x) const { X509_free(x); }

    void operator()(EVP_PKEY* x) const { EVP_PKEY_free(x); }

    void operator()(X509_EXTENSION* x) const { X509_EXTENSION_free(x); }

    void operator()(std::FILE* x) const { std::fclose(x); }
};

template <class Thing> using Owned = std::unique_ptr<Thing, Free>;

struct Identity {
    Owned<X509> certificate;
    Owned<EVP_PKEY> key;
};

void require(bool good, std::string_view doing) {
    if (!good)
        throw std::runtime_error(fmt::format("certificates: {} failed", doing));
}

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

struct Wish {
    const char* name;
    const char* hosts; ///< null: an authority
    long from_s;       ///< relative to now
    long to_s;
};

constexpr long day_s = 86'400;

// Signed by `issuer`, or by itself.
Identity make_identity(const Wish& wish, const Identity* issuer) {
    Identity made{Owned<X509>(X509_new()), Owned<EVP_PKEY>(EVP_EC_gen("P-256"))};
    require(made.certificate && made.key, "making a key");
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, 2);
    unsigned char serial[16];
    require(RAND_bytes(serial, sizeof serial) == 1, "drawing a serial number");
    // Positive, and no byte longer than it needs to be: readers refuse such a number.
    serial[0] = static_cast<unsigned char>((serial[0] & 0x3fU) | 0x40U);
    ASN1_INTEGER* number = X509_get_serialNumber(certificate);
    require(ASN1_STRING_set(number, serial, sizeof serial) == 1, "setting the serial number");
    X509_gmtime_adj(X509_getm_notBefore(certificate), wish.from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wish.to_s);
    X509_set_pubkey(certificate, made.key.get());
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>(wish.name);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0);
    X509* signer = issuer ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    add_extension(certificate, signer, NID_subject_key_identifier, "hash");
    if (wish.hosts) {
        add_extension(certificate, signer, NID_basic_constraints, "critical,CA:FALSE");
        add_extension(certificate, signer, NID_subject_alt_name, wish.hosts);
        add_extension(certificate, signer, NID_ext_key_usage, "serverAuth");
    } else {
        add_extension(certificate, signer, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    EVP_PKEY* key = issuer ? issuer->key.get() : made.key.get();
    require(X509_sign(certificate, key, EVP_sha256()) > 0, "signing");
    return made;
}

Owned<std::FILE> open_file(const fs::path& path, const char* mode) {
    Owned<std::FILE> file(std::fopen(path.c_str(), mode));
    require(file != nullptr, fmt::format("opening {}", path.string()));
    return file;
}

void write_identity(const Identity& identity, const fs::path& certificate, const fs::path& key) {
    require(
        PEM_write_X509(open_file(certificate, "w").get(), identity.certificate.get()) == 1,
        "writing"
    );
    const Owned<std::FILE> file = open_file(key, "w");
    ::chmod(key.c_str(), S_IRUSR | S_IWUSR);
    require(
        PEM_write_PrivateKey(
            file.get(), identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr
        ) == 1,
        "writing a key"
    );
}

Identity read_identity(const fs::path& certificate, const fs::path& key) {
    Identity identity;
    identity.certificate.reset(
        PEM_read_X509(open_file(certificate, "r").get(), nullptr, nullptr, nullptr)
    );
    identity.key.reset(PEM_read_PrivateKey(open_file(key, "r").get(), nullptr, nullptr, nullptr));
    require(identity.certificate && identity.key, fmt::format("reading {}", certificate.string()));
    return identity;
}

constexpr const char* own_hosts = "IP:127.0.0.1,IP:0:0:0:0:0:0:0:1,DNS:localhost";

Wish wish_for(CertificateKind kind) {
    switch (kind) {
    case CertificateKind::expired:
        return {"expired", own_hosts, -30 * day_s, -day_s};
    case CertificateKind::wrong_host:
        return {"elsewhere.invalid", "DNS:elsewhere.invalid", -day_s, 365 * day_s};
    case CertificateKind::self_signed:
        return {"self-signed", own_hosts, -day_s, 365 * day_s};
    case CertificateKind::good:
        break;
    }
    return {"pcmirror simulator", own_hosts, -day_s, 365 * day_s};
}

} // namespace

CertificateFiles prepare_certificates(const fs::path& directory, CertificateKind kind) {
    constexpr const char* names[] = {"server", "expired", "wrong_host", "self_signed"};
    const std::string name = names[static_cast<std::size_t>(kind)];
    fs::create_directories(directory);
    const fs::path authority_key = directory / "ca.key";
    CertificateFiles files{
        directory / "ca.pem", directory / (name + ".pem"), directory / (name + ".key")};
    if (!fs::exists(files.authority) || !fs::exists(authority_key)) {
        const Identity authority =
            make_identity({"pcmirror simulator authority", nullptr, -day_s, 3650 * day_s}, nullptr);
        write_identity(authority, files.authority, authority_key);
        // What an earlier authority signed is worth nothing now.
        fs::remove(files.certificate);
    }
    if (!fs::exists(files.certificate) || !fs::exists(files.key)) {
        const Identity authority = read_identity(files.authority, authority_key);
        const bool signs_itself = kind == CertificateKind::self_signed;
        write_identity(
            make_identity(wish_for(kind), signs_itself ? nullptr : &authority),
            files.certificate,
            files.key
        );
    }
    return files;
}

} // namespace pcmirror::simulator
