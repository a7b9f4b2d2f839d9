#include "tests/simulator/fault_kinds.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

struct SignInError {
    int aadsts;
    int status;
    std::string_view error;
    std::string_view text;
};

constexpr SignInError errors[] = {
    {700082, 400, "invalid_grant", "The refresh token has expired due to inactivity."},
    {50173,
     400,
     "invalid_grant",
     "The provided grant has expired due to it being revoked, a fresh auth token is needed."},
    {70000, 400, "invalid_grant", "Provided grant is invalid or malformed."},
    {70008, 400, "invalid_grant", "The provided authorization code or refresh token has expired."},
    {9002313, 400, "invalid_grant", "Invalid request. Request is malformed or invalid."},
    {50076,
     400,
     "invalid_grant",
     "You must use multi-factor authentication to access the resource."},
    {50079, 400, "interaction_required", "You must enroll in multi-factor authentication."},
    {50158, 400, "interaction_required", "External security challenge not satisfied."},
    {65001,
     400,
     "invalid_grant",
     "The user or administrator has not consented to use the application."},
    {50057, 400, "invalid_grant", "The user account is disabled."},
    {53003, 400, "invalid_grant", "Access has been blocked by Conditional Access policies."},
    {50097, 400, "invalid_grant", "Device authentication is required."},
    {530033, 400, "invalid_grant", "Device is required to be managed to access this resource."},
    {7000215, 401, "invalid_client", "Invalid client secret provided."},
    {7000222, 401, "invalid_client", "The provided client secret keys are expired."},
    {7000218,
     401,
     "invalid_client",
     "The request body must contain client_assertion or client_secret."},
    {700025,
     401,
     "invalid_client",
     "Client is public so neither client_assertion nor client_secret should be presented."},
    {700027,
     401,
     "invalid_client",
     "The certificate with identifier used to sign the client assertion is not registered."},
    {700016,
     400,
     "unauthorized_client",
     "Application with identifier was not found in the directory."},
    {90002, 400, "invalid_request", "Tenant not found."},
    {900023,
     400,
     "invalid_request",
     "Specified tenant identifier is neither a valid DNS name, nor a valid external domain."},
    {900144, 400, "invalid_request", "The request body must contain a parameter that is missing."},
    {500011, 400, "invalid_resource", "The resource principal was not found in the tenant."},
    {50001, 400, "invalid_resource", "The resource is disabled or does not exist."},
    {70011,
     400,
     "invalid_scope",
     "The provided value for the input parameter 'scope' is not valid."},
    {70003, 400, "unsupported_grant_type", "The app returned an unsupported grant type."},
    {70016,
     400,
     "authorization_pending",
     "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
    {70018,
     400,
     "bad_verification_code",
     "Invalid verification code due to User typing in wrong user code for device code flow."},
    {70019, 400, "code_expired", "Verification code expired."},
    {65004, 400, "access_denied", "User declined to consent to access the app."},
    {90094, 400, "consent_required", "Admin consent is required."},
    {50011,
     400,
     "invalid_client",
     "The redirect URI specified in the request does not match the redirect URIs configured."},
    {500112,
     400,
     "invalid_client",
     "The reply address does not match the reply address provided when requesting the code."},
    {501481,
     400,
     "invalid_grant",
     "The Code_Verifier does not match the code_challenge supplied in the authorization request."},
    {54005,
     400,
     "invalid_grant",
     "OAuth2 Authorization code was already redeemed, please retry with a new valid code."},
    {70020,
     400,
     "expired_token",
     "The provided value for the input parameter 'device_code' is not valid. It has expired."},
    {50196,
     400,
     "invalid_grant",
     "The server terminated an operation because it encountered a client request loop."},
    {90033, 503, "temporarily_unavailable", "A transient error has occurred. Please try again."},
};

} // namespace

Reply sign_in_error(int aadsts, std::string_view error) {
    SignInError found{
        aadsts, 400, "invalid_request", "An error that this simulator has no text for."};
    for (const SignInError& each : errors)
        if (each.aadsts == aadsts)
            found = each;
    if (!error.empty())
        found.error = error;
    Reply reply{.status = found.status};
    reply.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    reply.body = fmt::format(
        R"({{"error":"{0}","error_description":"AADSTS{1}: {2}\r\nTrace ID: 11111111-1111-1111-1111-111111111111\r\n)"
        R"(Correlation ID: 22222222-2222-2222-2222-222222222222\r\nTimestamp: 2024-03-01 00:00:00Z","error_codes":[{1}],)"
        R"("timestamp":"2024-03-01 00:00:00Z","trace_id":"11111111-1111-1111-1111-111111111111",)"
        R"("correlation_id":"22222222-2222-2222-2222-222222222222","error_uri":"https://login.microsoftonline.com/error?code={1}"}})",
        found.error,
        found.aadsts,
        found.text
    );
    return reply;
}

} // namespace pcmirror::simulator
