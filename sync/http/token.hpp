#pragma once

#include "config/settings.hpp"
#include "schema/resource.hpp"
#include "sync/http/clock.hpp"
#include "sync/http/transport.hpp"

#include <functional>
#include <memory>
#include <string>

namespace pcmirror {

/// Signs in and keeps access tokens (platform page, section 1). One refresh serves all calls that
/// wait for it; tokens are renewed five minutes before they expire by the local clock (or halfway
/// through their life, whichever is later); a rotated refresh token is on disk (0600, fsync,
/// rename, fsync of the directory) before the access token that came with it is handed out.
class TokenSource {
  public:
    virtual ~TokenSource() = default;

    /// Which kind of token a call with this need gets under the configured `auth`.
    /// Throws `Error` (skip_scope) when app-only credentials can't serve a need for a user.
    [[nodiscard]] virtual SignIn kind_for(SignIn need) const = 0;

    /// A valid access token. Throws `Error`: fix_api where a person must act (each AADSTS case in
    /// its own words, with what to do), retry_later where the sign-in service is in trouble.
    virtual asio::awaitable<std::string> token(SignIn kind) = 0;

    /// The API refused this token (401): the next `token` refreshes, unless somebody did already.
    virtual void refused(SignIn kind, const std::string& token) = 0;

    /// Waits until no refresh is under way; one for which nobody waits makes no further attempt.
    /// Without that, what stops the event loop loses a refresh token that was just rotated.
    virtual asio::awaitable<void> settle() = 0;

    /// True once for every new app+user token: the next call carries `ValidateMfa: true`.
    virtual bool take_mfa_question(SignIn kind) = 0;
};

/// Reached by tests at the point where the new refresh token is on disk and not yet used.
/// `http` and `clock` must outlive it. A refresh under way is cancelled with it.
std::unique_ptr<TokenSource> make_token_source(
    const PartnerCenterSettings& settings, HttpTransport& http, Clock& clock = system_clock()
);

/// Writes a file so that a reader sees the old or the new content whole, mode 0600, durable on
/// return. Throws `Error` (fix_config) that names the file and what to do.
void write_secret_file(const std::filesystem::path& file, std::string_view content);

} // namespace pcmirror
