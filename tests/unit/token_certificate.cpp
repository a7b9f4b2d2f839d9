#include "sync/http/client_assertion.hpp"
#include "tests/unit/token_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <utility>

namespace pcmirror {

namespace {

using fakes::Folder;
using fakes::grants;
using fakes::TokenBench;
using testing::HasSubstr;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key rsa_key() {
    return {EVP_RSA_gen(2048), EVP_PKEY_free};
}

std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return text;
}

std::string key_pem(EVP_PKEY* key, const char* passphrase = nullptr) {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(
        out,
        key,
        passphrase != nullptr ? EVP_aes_128_cbc() : nullptr,
        passphrase,
        passphrase != nullptr ? static_cast<int>(std::string_view(passphrase).size()) : 0,
        nullptr,
        nullptr
    );
    return text_of(out);
}

std::string certificate_pem(EVP_PKEY* key) {
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate);
    X509_free(certificate);
    return text_of(out);
}

std::string decode(std::string text) {
    for (char& c : text) {
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    const std::size_t padding = (4 - text.size() % 4) % 4;
    text.append(padding, '=');
    std::string out(text.size(), '\0');
    const int length = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(text.data()),
        static_cast<int>(text.size())
    );
    out.resize(static_cast<std::size_t>(length) - padding);
    return out;
}

bool verifies(EVP_PKEY* key, const std::string& text, const std::string& signature) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
    const int result = EVP_DigestVerify(
        context,
        reinterpret_cast<const unsigned char*>(signature.data()),
        signature.size(),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size()
    );
    EVP_MD_CTX_free(context);
    return result == 1;
}

TEST(ClientCertificate, SignsAStatementForTheTokenEndpoint) {
    TokenBench bench;
    const Key key = rsa_key();
    bench.folder.write("certificate.pem", certificate_pem(key.get()) + key_pem(key.get()));
    bench.settings.client_secret_file.clear();
    bench.settings.client_certificate_file = bench.folder.path("certificate.pem");
    bench.transport.play({grants("access-1")});

    EXPECT_EQ(bench.token(SignIn::app), "access-1");

    EXPECT_EQ(bench.sent_field(0, "client_secret"), "(none)");
    EXPECT_EQ(
        bench.sent_field(0, "client_assertion_type"),
        "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    );
    const std::string jwt = bench.sent_field(0, "client_assertion");
    const std::size_t first = jwt.find('.');
    const std::size_t second = jwt.find('.', first + 1);
    const auto head = nlohmann::json::parse(decode(jwt.substr(0, first)));
    const auto claims = nlohmann::json::parse(decode(jwt.substr(first + 1, second - first - 1)));
    EXPECT_EQ(head["alg"], "RS256");
    EXPECT_EQ(decode(head["x5t"]).size(), 20U);
    EXPECT_EQ(claims["aud"], "https://login.example/contoso.example/oauth2/token");
    EXPECT_EQ(claims["iss"], "the-client");
    EXPECT_EQ(claims["sub"], "the-client");
    EXPECT_EQ(claims["exp"].get<long>() - claims["nbf"].get<long>(), 600);
    EXPECT_FALSE(claims["jti"].get<std::string>().empty());
    EXPECT_TRUE(verifies(key.get(), jwt.substr(0, second), decode(jwt.substr(second + 1))));
}

std::string complaint(const std::string& pem) {
    const Folder folder;
    folder.write("certificate.pem", pem);
    try {
        make_client_assertion(folder.path("certificate.pem"), "client", "audience", "id", {});
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_api);
        EXPECT_THAT(error.hint(), HasSubstr("client_certificate_file"));
        return error.what();
    }
    return "no complaint";
}

TEST(ClientCertificate, ThatIsUnusableIsNamedWithWhatIsWrong) {
    const Key key = rsa_key();
    const Key other = rsa_key();
    const Key curve(EVP_EC_gen("P-256"), EVP_PKEY_free);
    EXPECT_THAT(complaint(""), HasSubstr("holds no certificate"));
    EXPECT_THAT(complaint(key_pem(key.get())), HasSubstr("holds no certificate"));
    EXPECT_THAT(complaint(certificate_pem(key.get())), HasSubstr("no key that can be read"));
    EXPECT_THAT(
        complaint(certificate_pem(key.get()) + key_pem(key.get(), "passphrase")),
        HasSubstr("no key that can be read")
    );
    EXPECT_THAT(
        complaint(certificate_pem(key.get()) + key_pem(other.get())), HasSubstr("does not belong")
    );
    EXPECT_THAT(
        complaint(certificate_pem(curve.get()) + key_pem(curve.get())), HasSubstr("not RSA")
    );
}

} // namespace

} // namespace pcmirror
