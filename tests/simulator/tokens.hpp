#pragma once

#include "tests/simulator/consents.hpp"
#include "tests/simulator/wire.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pcmirror::simulator {

/// Who the simulated partner and its application are; follows from the seed.
struct Registration {
    explicit Registration(std::uint64_t seed);

    std::string tenant_id;
    std::string tenant_domain;
    std::string client_id;
    std::string client_secret;
    std::string resource = "https://api.partnercenter.microsoft.com";
    std::string
        certificate_file; ///< PEM that client assertions are verified with; empty: not verified

    /// By its id or its domain.
    [[nodiscard]] bool has_tenant(std::string_view name) const;
};

/// Which clients the registration lets sign in: web applications prove themselves, public clients
/// may not. Where both are allowed a refresh token is used as it was obtained.
enum class ClientKind { confidential, public_client, either };

enum class TokenKind { app, user };

std::string_view to_string(TokenKind kind);

/// What the API knows about an access token.
struct AccessToken {
    TokenKind kind = TokenKind::app;
    std::uint64_t serial = 0;
    std::chrono::steady_clock::time_point expires_at;
    bool right_audience = true;
};

/// The sign-in service: issues tokens and knows which are good.
class Tokens {
  public:
    Tokens(std::uint64_t seed, Registration registration);

    /// Answers `POST /{tenant}/oauth2/token`, its v2.0 form and `devicecode`, and
    /// `GET /{tenant}/oauth2/authorize`.
    Reply answer(const Request& request);

    /// The token behind an Authorization header, if it is good.
    std::optional<AccessToken> find(std::string_view authorization);
    /// It is good no longer.
    void refuse(std::string_view authorization);

    /// `POST /tokens` of the control endpoint. Throws std::invalid_argument for unknown members.
    nlohmann::json control(const nlohmann::json& wish);

    [[nodiscard]] const Registration& registration() const { return registration_; }

    /// A refresh token that is good at the start.
    [[nodiscard]] std::string first_refresh_token() const { return refresh_token(1); }

  private:
    struct Grant;

    Reply grant(const Request& request, bool v2);
    void add_user_members(nlohmann::json& body, const Grant& grant);
    std::optional<Reply>
    check_client(const Request& request, std::string_view tenant, Grant& grant) const;
    [[nodiscard]] std::optional<Reply> check_credentials(const Request& request) const;
    std::optional<Reply> check_grant(const Request& request, Grant& grant);
    std::optional<Reply> check_refresh_token(std::string_view token, Grant& grant) const;
    std::string issue_access_token(TokenKind kind, bool right_audience);
    [[nodiscard]] std::string refresh_token(std::uint64_t serial) const;
    [[nodiscard]] std::optional<std::uint64_t> serial_of(std::string_view refresh_token) const;

    std::uint64_t seed_;
    Registration registration_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, AccessToken> access_tokens_;
    std::chrono::seconds lifetime_{3599};
    bool rotate_ = true;
    bool forget_old_ = false; ///< a rotated refresh token is worthless
    std::uint64_t access_serial_ = 0;
    std::uint64_t refresh_serial_ = 1;
    std::uint64_t oldest_refresh_ = 1; ///< older serials are revoked
    Consents consents_;
    ClientKind client_kind_ = ClientKind::confidential;
    std::set<std::uint64_t> public_refresh_; ///< serials obtained by a public client
};

} // namespace pcmirror::simulator
