#pragma once

#include "sync/http/token_request.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace pcmirror {

/// Whether the configuration has a secret or a certificate that the application proves itself with.
bool has_client_credentials(const PartnerCenterSettings& settings);

/// Changes when one of the files does that a sign-in reads.
std::string credential_files(const PartnerCenterSettings& settings);

/// Adds secret or client assertion to a form, read anew from their files; `secrets` gets what no
/// message may repeat. Throws `Error` (fix_api) that names the file and what is wrong with it.
void add_client_credentials(
    const PartnerCenterSettings& settings,
    std::chrono::system_clock::time_point now,
    Form& form,
    std::vector<std::string>& secrets
);

/// What somebody keeps in a file for pcmirror, without blanks around it; `what` names it in
/// messages. Throws `Error` (fix_api) with the hint.
std::string
read_credential(const std::filesystem::path& file, std::string_view what, const std::string& hint);

} // namespace pcmirror
