#include "sync/http/token_errors.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

namespace pcmirror {

namespace {

/// Words for a number. `{tenant}`, `{client}`, `{resource}` and `{login}` are filled in; a hint of
/// `{consent}` says how to consent again.
struct Words {
    int number;
    std::string_view message;
    std::string_view hint;
};

constexpr std::string_view register_secret =
    "create a new secret for application {client} (Entra admin center, App registrations, "
    "Certificates & secrets) and store its value where partner_center.client_secret_file says";
constexpr std::string_view ask_administrator =
    "ask the administrator of {tenant} to let the consenting user sign in to application {client}, "
    "then consent again";

constexpr std::array known_words = {
    Words{700082, "the refresh token has expired: it was not used for 90 days", "{consent}"},
    Words{
        50173,
        "the refresh token was revoked, by a changed password or by an administrator",
        "{consent}"},
    Words{
        70000,
        "the refresh token is malformed, or was not issued to application {client}",
        "{consent}"},
    Words{70008, "the refresh token has expired or was revoked", "{consent}"},
    Words{
        9002313,
        "the refresh token is malformed or belongs to another tenant than {tenant}",
        "{consent}"},
    Words{50076, "the sign-in behind the refresh token lacks the MFA it needs now", "{consent}"},
    Words{50079, "the consenting user has to set up MFA first", "{consent}"},
    Words{50158, "the consenting user has to pass a further check, such as MFA", "{consent}"},
    Words{65001, "nobody has consented to application {client} using {resource}", "{consent}"},
    Words{
        50057,
        "the account of the consenting user is disabled",
        "enable the account, or consent again with another one"},
    Words{53003, "Conditional Access blocks the sign-in", ask_administrator},
    Words{50097, "Conditional Access wants a managed device for the sign-in", ask_administrator},
    Words{530033, "Conditional Access wants a compliant device for the sign-in", ask_administrator},
    Words{
        7000215,
        "the client secret is wrong",
        "store the secret's value, not its id, where partner_center.client_secret_file says"},
    Words{7000222, "the client secret has expired", register_secret},
    Words{
        7000218,
        "application {client} has to prove itself, and neither secret nor certificate was sent",
        "set partner_center.client_secret_file or client_certificate_file, or allow public client "
        "flows in the registration"},
    Words{
        700025,
        "application {client} is a public client and may not send a secret or certificate",
        "remove partner_center.client_secret and its likes, or register the redirect URI for the "
        "platform Web and run \"pcmirror login\" again"},
    Words{
        700016,
        "application {client} does not exist in tenant {tenant}",
        "check partner_center.client_id and tenant_id; sandbox and production have separate "
        "registrations"},
    Words{
        7000112,
        "application {client} is disabled in tenant {tenant}",
        "enable it in the Entra admin center, Enterprise applications"},
    Words{
        700027,
        "the client certificate is not registered for application {client}, or its signature is "
        "wrong",
        "register the certificate of partner_center.client_certificate_file for the application"},
    Words{
        700024,
        "the client certificate's statement is outside of its time",
        "set this machine's clock"},
    Words{
        90002,
        "there is no tenant {tenant} at {login}",
        "check partner_center.tenant_id, and cloud or login_url"},
    Words{900023, "{tenant} is no tenant id and no domain", "check partner_center.tenant_id"},
    Words{
        500011,
        "the tenant {tenant} has no {resource} to sign in to",
        "check partner_center.resource; if it is right, an administrator adds the Microsoft "
        "Partner "
        "Center service principal (fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd) to the tenant"},
    Words{
        50001,
        "{resource} is not known as an audience in tenant {tenant}",
        "check partner_center.resource; https://graph.windows.net is no longer accepted"},
    Words{
        70011,
        "the sign-in service does not accept the scope of the request",
        "check partner_center.resource and login_url; if both are right this is a bug: report it"},
    Words{
        900144,
        "the sign-in service misses a parameter in the request",
        "check partner_center.client_id and resource; if both are right this is a bug: report it"},
};

constexpr int slow_down[] = {90033, 50196};
constexpr int secret_missing = 7000218;
constexpr int secret_unwanted = 700025;

constexpr std::string_view consent_words[] = {
    "invalid_grant", "interaction_required", "login_required", "consent_required"};
constexpr std::string_view configuration_words[] = {
    "invalid_client",
    "unauthorized_client",
    "invalid_resource",
    "invalid_request",
    "invalid_scope",
    "unsupported_grant_type",
    "access_denied"};

bool contains(const auto& list, const auto& item) {
    return std::find(std::begin(list), std::end(list), item) != std::end(list);
}

std::string fill(std::string_view words, const PartnerCenterSettings& settings) {
    return fmt::format(
        fmt::runtime(words),
        fmt::arg("tenant", settings.tenant_id),
        fmt::arg("client", settings.client_id),
        fmt::arg("resource", settings.resource),
        fmt::arg("login", settings.login_url),
        fmt::arg("consent", consent_hint(settings))
    );
}

SignInCure cure_of(const SignInRefusal& refusal) {
    const int status = refusal.status;
    if (status == 408 || status == 429 || status >= 500 || contains(slow_down, refusal.number)) {
        return SignInCure::wait;
    }
    if (refusal.number == secret_missing || refusal.number == secret_unwanted) {
        return SignInCure::other_way;
    }
    if (contains(consent_words, refusal.error) || contains(configuration_words, refusal.error)) {
        return SignInCure::person;
    }
    // Not the sign-in service's own answer: a proxy's, or that of a wrong address.
    const bool foreign = refusal.error.empty() && status >= 300;
    return foreign ? SignInCure::person : SignInCure::wait;
}

std::string general_message(const SignInRefusal& refusal, const PartnerCenterSettings& settings) {
    if (refusal.error.empty()) {
        return fmt::format("the answer of {} is none of a sign-in service", settings.login_url);
    }
    if (contains(consent_words, refusal.error)) {
        return "the refresh token is not accepted";
    }
    if (contains(configuration_words, refusal.error)) {
        return "the sign-in service refuses the application's request";
    }
    return "the sign-in service is in trouble";
}

std::string general_hint(const SignInRefusal& refusal, const PartnerCenterSettings& settings) {
    if (refusal.error.empty()) {
        return "check partner_center.login_url, tenant_id and proxy";
    }
    return contains(consent_words, refusal.error)
               ? consent_hint(settings)
               : "check partner_center.tenant_id, client_id, resource and the client's secret";
}

} // namespace

std::string origin_of(const SignInRefusal& refusal) {
    std::string text = refusal.number != 0   ? fmt::format("AADSTS{}", refusal.number)
                       : refusal.status != 0 ? fmt::format("status {}", refusal.status)
                                             : "";
    if (!refusal.error.empty()) {
        text += (text.empty() ? "" : ", ") + refusal.error;
    }
    if (!refusal.trace_id.empty()) {
        text += ", trace " + refusal.trace_id;
    }
    return " (" + text + ")";
}

std::string consent_hint(const PartnerCenterSettings& settings) {
    return fmt::format(
        "run \"pcmirror login\": a user of the partner (AdminAgents) signs in to application {} "
        "with "
        "MFA and consents, and the refresh token that this yields is stored in {}",
        settings.client_id,
        settings.refresh_token_file.string()
    );
}

SignInProblem explain(const SignInRefusal& refusal, const PartnerCenterSettings& settings) {
    SignInProblem problem;
    problem.cure = cure_of(refusal);
    const auto* const words =
        std::find_if(known_words.begin(), known_words.end(), [&](const Words& known) {
            return known.number == refusal.number;
        });
    if (problem.cure != SignInCure::wait && words != known_words.end()) {
        problem.message = fill(words->message, settings) + origin_of(refusal);
        problem.hint = fill(words->hint, settings);
        return problem;
    }
    problem.message = general_message(refusal, settings) + origin_of(refusal);
    if (!refusal.description.empty()) {
        problem.message += ": " + refusal.description;
    }
    problem.hint = problem.cure == SignInCure::wait ? "" : general_hint(refusal, settings);
    return problem;
}

} // namespace pcmirror
