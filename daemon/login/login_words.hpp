#pragma once

#include "config/settings.hpp"
#include "schema/error.hpp"
#include "sync/http/token_errors.hpp"
#include "sync/http/transport.hpp"

#include <string>

namespace pcmirror {

/// How a person gets to the sign-in service.
enum class LoginWay { browser, device_code };

/// Why a sign-in ended without tokens, in words for who sits before it, and what to do. `redirect`
/// is the redirect URI that was used; empty where none was. Pure.
Error explain_login(
    const SignInRefusal& refusal,
    const PartnerCenterSettings& settings,
    LoginWay way,
    const std::string& redirect
);

/// How the redirect URI gets into the application's registration.
std::string registration_hint(const PartnerCenterSettings& settings, const std::string& redirect);

/// What is said where the sign-in service can't be reached.
Error unreachable(const TransportError& error);

/// What is said where nobody came back in time.
Error nobody_came(Milliseconds time_limit, LoginWay way);

} // namespace pcmirror
