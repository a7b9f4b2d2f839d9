#include "sync/http/client_assertion.hpp"

#include "config/secret_file.hpp"
#include "schema/error.hpp"
#include "sync/http/base64url.hpp"

#include <array>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <span>
#include <string_view>

namespace pcmirror {

namespace {

template <auto free> struct Free {
    void operator()(auto* object) const { free(object); }
};

using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Bytes = std::span<const unsigned char>;

constexpr std::string_view hint =
    "partner_center.client_certificate_file must name a PEM file with the certificate that is "
    "registered for the application and its RSA key, not encrypted";

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what) {
    throw Error(
        Recovery::fix_api,
        fmt::format("the client certificate {} {}", file.string(), what),
        std::string(hint)
    );
}

std::string content_of(const std::filesystem::path& file) {
    try {
        return read_small_file(file);
    } catch (const Error& error) {
        fail(file, error.what());
    }
}

std::string base64url(Bytes bytes) {
    return pcmirror::base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Bio reader(const std::string& pem) {
    return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

/// A daemon can't ask for a passphrase; without this OpenSSL would, on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

std::string thumbprint(const std::filesystem::path& file, const X509& certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
    unsigned int length = 0;
    if (X509_digest(&certificate, EVP_sha1(), digest.data(), &length) != 1) {
        fail(file, "has no thumbprint");
    }
    return base64url(Bytes(digest.data(), length));
}

std::string sign(const std::filesystem::path& file, EVP_PKEY* key, const std::string& text) {
    const Digest digest(EVP_MD_CTX_new());
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t length = 0;
    bool done = EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                EVP_DigestSign(digest.get(), nullptr, &length, data, text.size()) == 1;
    std::string signature(length, '\0');
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    done = done && EVP_DigestSign(digest.get(), out, &length, data, text.size()) == 1;
    if (!done) {
        fail(file, "can't sign with its key");
    }
    signature.resize(length);
    return pcmirror::base64url(signature);
}

struct Identity {
    Certificate certificate;
    Key key;
};

Identity read_identity(const std::filesystem::path& pem) {
    const std::string content = content_of(pem);
    Identity identity;
    identity.certificate.reset(
        PEM_read_bio_X509(reader(content).get(), nullptr, no_passphrase, nullptr)
    );
    identity.key.reset(
        PEM_read_bio_PrivateKey(reader(content).get(), nullptr, no_passphrase, nullptr)
    );
    if (!identity.certificate) {
        fail(pem, "holds no certificate");
    }
    if (!identity.key) {
        fail(pem, "holds no key that can be read");
    }
    if (EVP_PKEY_base_id(identity.key.get()) != EVP_PKEY_RSA) {
        fail(pem, "holds a key that is not RSA");
    }
    if (X509_check_private_key(identity.certificate.get(), identity.key.get()) != 1) {
        fail(pem, "holds a key that does not belong to its certificate");
    }
    return identity;
}

} // namespace

std::string make_client_assertion(
    const std::filesystem::path& pem,
    const std::string& client_id,
    const std::string& audience,
    const std::string& unique_id,
    std::chrono::system_clock::time_point now
) {
    const Identity identity = read_identity(pem);
    const auto from = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    const nlohmann::json head = {
        {"alg", "RS256"}, {"typ", "JWT"}, {"x5t", thumbprint(pem, *identity.certificate)}};
    const nlohmann::json claims = {
        {"aud", audience},
        {"iss", client_id},
        {"sub", client_id},
        {"jti", unique_id},
        {"nbf", from},
        {"exp", from + 600}};
    const std::string text =
        pcmirror::base64url(head.dump()) + '.' + pcmirror::base64url(claims.dump());
    return text + '.' + sign(pem, identity.key.get(), text);
}

} // namespace pcmirror
