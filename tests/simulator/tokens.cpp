#include "tests/simulator/tokens.hpp"

#include "tests/simulator/assertion.hpp"
#include "tests/simulator/draw.hpp"
#include "tests/simulator/fault_kinds.hpp"
#include "tests/simulator/guid.hpp"

#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

constexpr std::string_view bearer = "Bearer ";

std::string random_text(std::uint64_t seed, std::size_t bytes) {
    Draw draw(seed);
    std::string text;
    while (text.size() < bytes) {
        const std::uint64_t word = draw.next();
        text.append(reinterpret_cast<const char*>(&word), sizeof word);
    }
    return base64url(text);
}

std::int64_t epoch_seconds() {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

Reply json_reply(const nlohmann::json& body) {
    Reply reply;
    reply.headers = {
        {"Content-Type", "application/json; charset=utf-8"},
        {"Cache-Control", "no-store, no-cache"}};
    reply.body = body.dump();
    return reply;
}

// Version 1 of the endpoint sends numbers as strings.
nlohmann::json number(std::int64_t value, bool v2) {
    return v2 ? nlohmann::json(value) : nlohmann::json(std::to_string(value));
}

} // namespace

struct Tokens::Grant {
    TokenKind kind = TokenKind::app;
    std::uint64_t refresh_serial = 0; ///< of the refresh token that was shown; 0: none was
};

Registration::Registration(std::uint64_t seed)
    : tenant_id(guid_from(mix(seed, 10))), tenant_domain("partner.onmicrosoft.com"),
      client_id(guid_from(mix(seed, 11))), client_secret(random_text(mix(seed, 12), 24)) {}

std::string_view to_string(TokenKind kind) {
    return kind == TokenKind::app ? "app" : "user";
}

Tokens::Tokens(std::uint64_t seed, Registration registration)
    : seed_(seed), registration_(std::move(registration)) {}

// The serial is part of the token, so that tokens outlive a restart with the same seed.
std::string Tokens::refresh_token(std::uint64_t serial) const {
    return fmt::format("0.AX{:x}.{}", serial, random_text(mix(seed_, 13, serial), 900));
}

std::optional<std::uint64_t> Tokens::serial_of(std::string_view token) const {
    constexpr std::string_view start = "0.AX";
    std::uint64_t serial = 0;
    if (!token.starts_with(start))
        return {};
    std::from_chars(token.data() + start.size(), token.data() + token.size(), serial, 16);
    return token == refresh_token(serial) ? std::optional(serial) : std::nullopt;
}

Reply Tokens::answer(const Request& request) {
    const std::vector<std::string> segments = path_segments(request.path());
    const bool v2 = segments.size() == 4 && segments[2] == "v2.0";
    if (request.method != "POST")
        return {.status = 405};
    if (segments.back() == "devicecode")
        return device_code(v2);
    if (auto refused = check_client(request, segments.front()))
        return *refused;
    return grant(request, v2);
}

std::optional<Reply> Tokens::check_client(const Request& request, std::string_view tenant) const {
    const auto field = [&](std::string_view name) {
        return form_value(request.body, name).value_or("");
    };
    if (!equal_ignoring_case(tenant, registration_.tenant_id) &&
        !equal_ignoring_case(tenant, registration_.tenant_domain))
        return sign_in_error(90002);
    if (!equal_ignoring_case(field("client_id"), registration_.client_id))
        return sign_in_error(700016);
    if (const std::string assertion = field("client_assertion"); !assertion.empty()) {
        if (field("client_assertion_type") !=
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            return sign_in_error(900144);
        const std::string flaw =
            flaw_in_assertion(assertion, registration_.client_id, registration_.certificate_file);
        return flaw.empty() ? std::nullopt : std::optional(sign_in_error(700027));
    }
    if (field("client_secret").empty())
        return sign_in_error(7000218);
    return field("client_secret") == registration_.client_secret
               ? std::nullopt
               : std::optional(sign_in_error(7000215));
}

std::optional<Reply> Tokens::check_refresh_token(std::string_view token, Grant& grant) const {
    const auto serial = serial_of(token);
    if (!serial)
        return sign_in_error(70000);
    const std::lock_guard lock(mutex_);
    if (*serial < oldest_refresh_)
        return sign_in_error(forget_old_ ? 70000 : 50173);
    grant.refresh_serial = *serial;
    return {};
}

std::optional<Reply> Tokens::check_device_code(std::string_view code) const {
    const std::lock_guard lock(mutex_);
    if (!code.starts_with("device-"))
        return sign_in_error(70020);
    return device_codes_approved_ ? std::nullopt : std::optional(sign_in_error(70016));
}

std::optional<Reply> Tokens::check_grant(const Request& request, Grant& grant) {
    const auto field = [&](std::string_view name) {
        return form_value(request.body, name).value_or("");
    };
    const std::string type = field("grant_type");
    grant.kind = type == "client_credentials" ? TokenKind::app : TokenKind::user;
    if (type == "client_credentials")
        return {};
    if (type == "refresh_token")
        return check_refresh_token(field("refresh_token"), grant);
    if (type == "device_code")
        return check_device_code(field("code"));
    if (type == "urn:ietf:params:oauth:grant-type:device_code")
        return check_device_code(field("device_code"));
    if (type == "authorization_code")
        return field("code").starts_with("code-") ? std::nullopt
                                                  : std::optional(sign_in_error(70008));
    return sign_in_error(70003);
}

Reply Tokens::grant(const Request& request, bool v2) {
    Grant grant;
    if (auto refused = check_grant(request, grant))
        return *refused;
    const std::string resource = form_value(request.body, v2 ? "scope" : "resource").value_or("");
    if (resource.empty())
        return sign_in_error(900144);
    // The directory's own API was the audience until 2025: its tokens are issued, and refused
    // later.
    const bool right_audience = resource.find(registration_.resource) != std::string::npos ||
                                resource.find("://127.0.0.1:") != std::string::npos ||
                                resource.find("://localhost:") != std::string::npos;
    if (!right_audience && resource.find("graph.") == std::string::npos)
        return sign_in_error(500011);
    const std::lock_guard lock(mutex_);
    nlohmann::json body = {
        {"token_type", "Bearer"},
        {"expires_in", number(lifetime_.count(), v2)},
        {"ext_expires_in", number(lifetime_.count(), v2)},
        {"access_token", issue_access_token(grant.kind, right_audience)},
    };
    if (!v2) {
        body["expires_on"] = number(epoch_seconds() + lifetime_.count(), v2);
        body["not_before"] = number(epoch_seconds() - 300, v2);
        body["resource"] = resource;
    }
    if (grant.kind == TokenKind::user) {
        body["scope"] = "user_impersonation";
        body["id_token"] = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.e30.";
        if (rotate_ || grant.refresh_serial == 0) {
            body["refresh_token"] = refresh_token(++refresh_serial_);
            if (forget_old_)
                oldest_refresh_ = refresh_serial_;
        }
    }
    return json_reply(body);
}

Reply Tokens::device_code(bool v2) {
    const std::lock_guard lock(mutex_);
    return json_reply({
        {"user_code", "ABCD1234"},
        {"device_code", fmt::format("device-{}", ++codes_)},
        {v2 ? "verification_uri" : "verification_url", "https://microsoft.com/devicelogin"},
        {"expires_in", number(900, v2)},
        {"interval", number(1, v2)},
        {"message",
         "To sign in, use a web browser to open the page https://microsoft.com/devicelogin "
         "and enter the code ABCD1234 to authenticate."},
    });
}

std::string Tokens::issue_access_token(TokenKind kind, bool right_audience) {
    const std::uint64_t serial = ++access_serial_;
    const nlohmann::json claims = {
        {"aud", registration_.resource},
        {"appid", registration_.client_id},
        {"tid", registration_.tenant_id},
        {"amr", nlohmann::json::array({"pwd", "mfa"})},
        {"exp", epoch_seconds() + lifetime_.count()},
        {"serial", serial},
    };
    std::string token = fmt::format(
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.{}.{}",
        base64url(claims.dump()),
        random_text(mix(seed_, 14, serial) ^ static_cast<std::uint64_t>(epoch_seconds()), 256)
    );
    access_tokens_[token] = {
        kind, serial, std::chrono::steady_clock::now() + lifetime_, right_audience};
    return token;
}

std::optional<AccessToken> Tokens::find(std::string_view authorization) {
    if (!authorization.starts_with(bearer))
        return {};
    const std::lock_guard lock(mutex_);
    const auto found = access_tokens_.find(std::string(authorization.substr(bearer.size())));
    if (found == access_tokens_.end())
        return {};
    if (found->second.expires_at <= std::chrono::steady_clock::now()) {
        access_tokens_.erase(found);
        return {};
    }
    return found->second;
}

void Tokens::refuse(std::string_view authorization) {
    const std::lock_guard lock(mutex_);
    if (authorization.starts_with(bearer))
        access_tokens_.erase(std::string(authorization.substr(bearer.size())));
}

nlohmann::json Tokens::control(const nlohmann::json& wish) {
    nlohmann::json answer = nlohmann::json::object();
    const std::lock_guard lock(mutex_);
    for (const auto& [name, value] : wish.items()) {
        if (name == "access_token_lifetime")
            lifetime_ = std::chrono::seconds(value.get<std::int64_t>());
        else if (name == "rotate")
            rotate_ = value.get<bool>();
        else if (name == "forget_old_refresh_token")
            forget_old_ = value.get<bool>();
        else if (name == "approve_device_codes")
            device_codes_approved_ = value.get<bool>();
        else if (name == "revoke_refresh_token")
            oldest_refresh_ = refresh_serial_ + 1;
        else if (name == "expire_access_tokens")
            access_tokens_.clear();
        else if (name == "issue_refresh_token")
            answer["refresh_token"] = refresh_token(++refresh_serial_);
        else if (name == "issue_code")
            answer["code"] = fmt::format("code-{}", ++codes_);
        else
            throw std::invalid_argument(fmt::format("{}: no such member", name));
    }
    answer["access_tokens_issued"] = access_serial_;
    answer["refresh_tokens_issued"] = refresh_serial_;
    return answer;
}

} // namespace pcmirror::simulator
