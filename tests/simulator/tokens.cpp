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

ClientKind client_kind(const std::string& name) {
    if (name == "confidential")
        return ClientKind::confidential;
    if (name == "public")
        return ClientKind::public_client;
    if (name == "either")
        return ClientKind::either;
    throw std::invalid_argument("client_kind: confidential, public or either");
}

} // namespace

struct Tokens::Grant {
    TokenKind kind = TokenKind::app;
    std::uint64_t refresh_serial = 0; ///< of the refresh token that was shown; 0: none was
    bool proved = false;              ///< the client, by secret or certificate
};

bool Registration::has_tenant(std::string_view name) const {
    return equal_ignoring_case(name, tenant_id) || equal_ignoring_case(name, tenant_domain);
}

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
    const bool by_browser = segments.back() == "authorize";
    if (request.method != (by_browser ? "GET" : "POST"))
        return {.status = 405};
    const std::lock_guard lock(mutex_);
    if (by_browser)
        return consents_.authorize(request, registration_);
    if (segments.back() == "devicecode")
        return consents_.start_device(request, registration_, v2);
    return grant(request, v2);
}

std::optional<Reply>
Tokens::check_client(const Request& request, std::string_view tenant, Grant& grant) const {
    if (!registration_.has_tenant(tenant))
        return sign_in_error(90002);
    if (!equal_ignoring_case(
            form_value(request.body, "client_id").value_or(""), registration_.client_id
        ))
        return sign_in_error(700016);
    grant.proved = form_value(request.body, "client_assertion").has_value() ||
                   !form_value(request.body, "client_secret").value_or("").empty();
    if (grant.proved && client_kind_ == ClientKind::public_client)
        return sign_in_error(700025);
    if (!grant.proved && client_kind_ == ClientKind::confidential)
        return sign_in_error(7000218);
    return grant.proved ? check_credentials(request) : std::nullopt;
}

std::optional<Reply> Tokens::check_credentials(const Request& request) const {
    const auto field = [&](std::string_view name) {
        return form_value(request.body, name).value_or("");
    };
    if (const std::string assertion = field("client_assertion"); !assertion.empty()) {
        if (field("client_assertion_type") !=
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            return sign_in_error(900144);
        const std::string flaw =
            flaw_in_assertion(assertion, registration_.client_id, registration_.certificate_file);
        return flaw.empty() ? std::nullopt : std::optional(sign_in_error(700027));
    }
    return field("client_secret") == registration_.client_secret
               ? std::nullopt
               : std::optional(sign_in_error(7000215));
}

std::optional<Reply> Tokens::check_refresh_token(std::string_view token, Grant& grant) const {
    const auto serial = serial_of(token);
    if (!serial)
        return sign_in_error(70000);
    if (*serial < oldest_refresh_)
        return sign_in_error(forget_old_ ? 70000 : 50173);
    const bool by_public = public_refresh_.contains(*serial);
    if (by_public == grant.proved)
        return sign_in_error(by_public ? 700025 : 7000218);
    grant.refresh_serial = *serial;
    return {};
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
        return consents_.poll(field("code"));
    if (type == "urn:ietf:params:oauth:grant-type:device_code")
        return consents_.poll(field("device_code"));
    if (type == "authorization_code")
        return consents_.redeem(request);
    return sign_in_error(70003);
}

void Tokens::add_user_members(nlohmann::json& body, const Grant& grant) {
    body["scope"] = "user_impersonation";
    body["id_token"] = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0." +
                       base64url(R"({"upn":"admin@partner.example"})") + '.';
    if (!rotate_ && grant.refresh_serial != 0)
        return;
    body["refresh_token"] = refresh_token(++refresh_serial_);
    if (!grant.proved)
        public_refresh_.insert(refresh_serial_);
    if (forget_old_)
        oldest_refresh_ = refresh_serial_;
}

Reply Tokens::grant(const Request& request, bool v2) {
    Grant grant;
    if (auto refused = check_client(request, path_segments(request.path()).front(), grant))
        return *refused;
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
    if (grant.kind == TokenKind::user)
        add_user_members(body, grant);
    return json_reply(body);
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
        else if (name == "client_kind")
            client_kind_ = client_kind(value.get<std::string>());
        else if (name == "revoke_refresh_token")
            oldest_refresh_ = refresh_serial_ + 1;
        else if (name == "expire_access_tokens")
            access_tokens_.clear();
        else if (name == "issue_refresh_token")
            answer["refresh_token"] = refresh_token(++refresh_serial_);
        else if (name == "issue_code")
            answer["code"] = consents_.issue_code();
        else if (!consents_.set(name, value))
            throw std::invalid_argument(fmt::format("{}: no such member", name));
    }
    answer["access_tokens_issued"] = access_serial_;
    answer["refresh_tokens_issued"] = refresh_serial_;
    return answer;
}

} // namespace pcmirror::simulator
