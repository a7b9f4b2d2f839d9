#include "daemon/login/login_words.hpp"

#include "config/read.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace pcmirror {
namespace {

/// Words for what a sign-in can meet and a refresh can't, or meets in another sense. By number, or
/// by the OAuth word where the number is 0.
struct Words {
    int number;
    std::string_view error;
    std::string_view message;
    std::string_view hint;
};

constexpr std::string_view again = "run \"pcmirror login\" again";
constexpr std::string_view admin_consent =
    "let an administrator grant consent (Entra admin center, App registrations, {client}, API "
    "permissions, Grant admin consent), or sign in as a Global Administrator";
constexpr std::string_view as_web =
    "register the redirect URI for the platform Web, and for no other: {register}";

constexpr std::array known = {
    Words{
        65004,
        "",
        "the user did not consent to application {client}",
        "run \"pcmirror login\" again and accept what the application asks for"},
    Words{
        65001, "", "nobody has consented to application {client} using {resource}", admin_consent},
    Words{90094, "", "consent to application {client} needs an administrator", admin_consent},
    Words{90095, "", "consent to application {client} waits for an administrator", admin_consent},
    Words{
        50105,
        "",
        "the user is not assigned to application {client}",
        "assign the user (Entra admin center, Enterprise applications, {client}, Users and "
        "groups)"},
    Words{
        50020,
        "",
        "the user does not belong to tenant {tenant}",
        "sign in as a user of the partner's own tenant, or check partner_center.tenant_id"},
    Words{50057, "", "the user's account is disabled", "enable it, or sign in as another user"},
    Words{50076, "", "the sign-in lacks the MFA that the tenant asks for", again},
    Words{50079, "", "the user has to set up MFA first", again},
    Words{50158, "", "the user has to pass a further check, such as MFA", again},
    Words{50011, "", "the redirect URI {redirect} is not registered", "{register}"},
    Words{500112, "", "the redirect URI {redirect} is not the one that the code is for", again},
    Words{70008, "", "the code was redeemed too late", again},
    Words{54005, "", "the code was redeemed already", again},
    Words{50148, "", "the code belongs to another sign-in", again},
    Words{501481, "", "the code belongs to another sign-in", again},
    Words{
        9002327,
        "",
        "the redirect URI {redirect} is registered for a single-page application",
        as_web},
    Words{
        9002326,
        "",
        "the redirect URI {redirect} is registered for a single-page application",
        as_web},
    Words{70018, "", "the sign-in service does not know the device's code", again},
    Words{70019, "", "nobody entered the code before it expired", again},
    Words{0, "authorization_declined", "the user declined to sign in", again},
    Words{0, "bad_verification_code", "the sign-in service does not know the device's code", again},
    Words{0, "code_expired", "nobody entered the code before it expired", again},
    Words{0, "expired_token", "nobody entered the code before it expired", again},
    Words{0, "consent_required", "consent to application {client} is missing", admin_consent},
    Words{0, "access_denied", "the sign-in was cancelled, or is not allowed to this user", again},
};

/// These say that the device or the way is not trusted, not the user.
constexpr std::array conditional_access = {53003, 50097, 530033};

constexpr std::array consent_words = {
    "invalid_grant", "interaction_required", "login_required", "invalid_request"};

const Words* words_for(const SignInRefusal& refusal) {
    const auto by_number = std::ranges::find_if(known, [&](const Words& words) {
        return refusal.number != 0 && words.number == refusal.number;
    });
    if (by_number != known.end())
        return &*by_number;
    const auto by_error = std::ranges::find_if(known, [&](const Words& words) {
        return words.number == 0 && words.error == refusal.error;
    });
    return by_error == known.end() ? nullptr : &*by_error;
}

std::string
fill(std::string_view words, const PartnerCenterSettings& settings, const std::string& redirect) {
    return fmt::format(
        fmt::runtime(words),
        fmt::arg("client", settings.client_id),
        fmt::arg("tenant", settings.tenant_id),
        fmt::arg("resource", settings.resource),
        fmt::arg("redirect", redirect),
        fmt::arg("register", registration_hint(settings, redirect))
    );
}

Error failure(const std::string& message, std::string hint) {
    return {Recovery::fix_api, "signing in: " + message, std::move(hint)};
}

Error blocked(const SignInRefusal& refusal, const SignInProblem& problem, LoginWay way) {
    if (way == LoginWay::browser)
        return failure(problem.message, problem.hint);
    return failure(
        "Conditional Access blocks signing in by device code, or this device" + origin_of(refusal),
        "run \"pcmirror login\" without --device-code: a browser signs in the usual way (from "
        "another machine: ssh -L PORT:localhost:PORT, and --port PORT)"
    );
}

} // namespace

Error explain_login(
    const SignInRefusal& refusal,
    const PartnerCenterSettings& settings,
    LoginWay way,
    const std::string& redirect
) {
    const SignInProblem general = explain(refusal, settings);
    if (std::ranges::find(conditional_access, refusal.number) != conditional_access.end())
        return blocked(refusal, general, way);
    if (const Words* const words = words_for(refusal))
        return failure(
            fill(words->message, settings, redirect) + origin_of(refusal),
            fill(words->hint, settings, redirect)
        );
    const bool about_the_user =
        std::ranges::find(consent_words, refusal.error) != consent_words.end();
    // What else `explain` says of these words is said of a refresh token.
    if (about_the_user && general.cure == SignInCure::person && refusal.error != "invalid_request")
        return failure(
            "the sign-in service refuses it" + origin_of(refusal) + ": " + refusal.description,
            std::string(again)
        );
    return failure(general.message, general.hint.empty() ? std::string(again) : general.hint);
}

std::string registration_hint(const PartnerCenterSettings& settings, const std::string& redirect) {
    constexpr std::string_view localhost = "http://localhost";
    const bool local = redirect.starts_with(localhost);
    return fmt::format(
        "add {} as a redirect URI (Entra admin center, App registrations, {}, Authentication, Add "
        "a "
        "platform: Web{})",
        local ? std::string(localhost) : redirect,
        settings.client_id,
        local ? "; of localhost the port does not count" : ""
    );
}

Error unreachable(const TransportError& error) {
    return failure(
        error.what(),
        error.hint().empty()
            ? "check partner_center.login_url and proxy, and this machine's network"
            : error.hint()
    );
}

Error nobody_came(Milliseconds time_limit, LoginWay way) {
    return {
        Recovery::retry_later,
        fmt::format("nobody signed in within {}; nothing was stored", show_duration(time_limit)),
        way == LoginWay::browser
            ? "run \"pcmirror login\" again; where the browser showed an error that names "
              "AADSTS50011, register the redirect URI first"
            : "run \"pcmirror login --device-code\" again"};
}

} // namespace pcmirror
