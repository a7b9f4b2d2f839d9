#include "tests/simulator/assertion.hpp"

#include "tests/simulator/wire.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace pcmirror::simulator {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

bool is_signed(
    std::string_view message, std::string_view signature, const std::string& certificate_file
) {
    const File file(std::fopen(certificate_file.c_str(), "r"), &std::fclose);
    if (!file)
        return false;
    const Certificate certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!certificate)
        return false;
    const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY* key = X509_get0_pubkey(certificate.get());
    const auto bytes = [](std::string_view text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    return EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
           EVP_DigestVerify(
               digest.get(), bytes(signature), signature.size(), bytes(message), message.size()
           ) == 1;
}

nlohmann::json read_part(std::string_view part) {
    return nlohmann::json::parse(read_base64(part).value_or(""), nullptr, false);
}

std::string flaw_in_claims(const nlohmann::json& claims, std::string_view client_id) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    if (claims.value("iss", "") != client_id || claims.value("sub", "") != client_id)
        return "iss and sub must be the client id";
    if (claims.value("aud", "").find("/oauth2/") == std::string::npos)
        return "aud must be the token endpoint";
    if (claims.value("exp", std::int64_t{0}) <= now ||
        claims.value("nbf", std::int64_t{0}) > now + 300)
        return "the assertion is not within its valid time range";
    return claims.contains("jti") ? "" : "jti is missing";
}

} // namespace

std::string flaw_in_assertion(
    std::string_view jwt, std::string_view client_id, const std::string& certificate_file
) {
    const std::size_t first = jwt.find('.');
    const std::size_t second = jwt.find('.', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos)
        return "not a JWT of three parts";
    const nlohmann::json head = read_part(jwt.substr(0, first));
    const nlohmann::json claims = read_part(jwt.substr(first + 1, second - first - 1));
    if (!head.is_object() || !claims.is_object())
        return "head or claims are no JSON";
    const std::string algorithm = head.value("alg", "");
    if (algorithm != "RS256" && algorithm != "PS256")
        return "alg must be RS256";
    if (!head.contains("x5t") && !head.contains("x5t#S256") && !head.contains("x5c"))
        return "x5t is missing";
    if (std::string flaw = flaw_in_claims(claims, client_id); !flaw.empty())
        return flaw;
    const std::string signature = read_base64(jwt.substr(second + 1)).value_or("");
    if (!certificate_file.empty() && !is_signed(jwt.substr(0, second), signature, certificate_file))
        return "the signature does not fit the registered certificate";
    return signature.empty() ? "the signature is missing" : "";
}

} // namespace pcmirror::simulator
