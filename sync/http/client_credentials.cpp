#include "sync/http/client_credentials.hpp"

#include "config/secret_file.hpp"
#include "sync/http/client_assertion.hpp"
#include "sync/http/guid.hpp"
#include "sync/http/secret_file.hpp"

#include <fmt/format.h>

namespace pcmirror {

namespace {

std::string trimmed(const std::string& text) {
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(blanks);
    return first == std::string::npos
               ? std::string()
               : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string secret_of(const PartnerCenterSettings& settings) {
    return settings.client_secret_file.empty()
               ? settings.client_secret.reveal()
               : read_credential(
                     settings.client_secret_file,
                     "client secret",
                     "partner_center.client_secret_file must hold the secret's value"
                 );
}

} // namespace

/// That it can't be read is a matter of signing in here.
std::string
read_credential(const std::filesystem::path& file, std::string_view what, const std::string& hint) {
    std::string trouble = "is empty";
    try {
        std::string credential = trimmed(read_secret_file(file).reveal());
        if (!credential.empty()) {
            return credential;
        }
    } catch (const Error& error) {
        trouble = error.what();
    }
    throw Error(
        Recovery::fix_api, fmt::format("the {} file {} {}", what, file.string(), trouble), hint
    );
}

std::string credential_files(const PartnerCenterSettings& settings) {
    return fingerprint(settings.refresh_token_file) + ' ' +
           fingerprint(settings.client_secret_file) + ' ' +
           fingerprint(settings.client_certificate_file);
}

bool has_client_credentials(const PartnerCenterSettings& settings) {
    return !settings.client_secret.empty() || !settings.client_secret_file.empty() ||
           !settings.client_certificate_file.empty();
}

void add_client_credentials(
    const PartnerCenterSettings& settings,
    std::chrono::system_clock::time_point now,
    Form& form,
    std::vector<std::string>& secrets
) {
    if (settings.client_certificate_file.empty()) {
        secrets.push_back(secret_of(settings));
        form.emplace_back("client_secret", secrets.back());
        return;
    }
    form.emplace_back(
        "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    form.emplace_back(
        "client_assertion",
        make_client_assertion(
            settings.client_certificate_file,
            settings.client_id,
            token_url(settings),
            new_guid(),
            now
        )
    );
}

} // namespace pcmirror
