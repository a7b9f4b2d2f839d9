#pragma once

#include "schema/resource.hpp"
#include "sync/http/client_credentials.hpp"
#include "sync/http/clock.hpp"
#include "sync/http/secret_file.hpp"
#include "sync/http/token_request.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace pcmirror {

/// Gets one kind of token from the sign-in service: forms, credentials, retries, and a rotated
/// refresh token brought to the disk before the access token that came with it is returned.
class SignInRunner {
  public:
    SignInRunner(PartnerCenterSettings settings, HttpTransport& http, Clock& clock, SignIn kind);

    /// Tries until it has a token, or somebody must act, or no attempt could connect (fix_api), or
    /// the attempts are used up or `wanted` says that nobody waits any more (retry_later).
    asio::awaitable<TokenAnswer> run(std::function<bool()> wanted);

    /// `credential_files` as of now, and as they were when they were read last.
    [[nodiscard]] std::string files() const { return credential_files(settings_); }

    [[nodiscard]] const std::string& files_read() const { return files_read_; }

    /// Whether any attempt of the last run came to the sign-in service.
    [[nodiscard]] bool reached() const { return reached_; }

    /// Ends a pause between two attempts.
    void hurry();

  private:
    struct Request {
        Form form;
        std::unique_ptr<SecretFile> replacement; ///< of the refresh token, app+user only
        std::vector<std::string> secrets;
    };

    struct Outcome {
        std::optional<TokenAnswer> answer;
        SignInProblem problem;
        std::optional<std::chrono::seconds> retry_after;
        bool connected = true;
        bool outdated = false; ///< what was refused is no longer the refresh token in the file
    };

    /// What one run tries once only.
    struct Tried {
        bool newer_token = false; ///< another process stored it meanwhile
        bool other_way = false;   ///< with the secret left out, or put in
    };

    [[nodiscard]] Request prepare() const;
    asio::awaitable<Outcome> ask();
    asio::awaitable<Outcome> ask_locked();
    [[nodiscard]] bool is_outdated(const Request& request, const SignInRefusal& refusal) const;
    asio::awaitable<void> rest(std::chrono::milliseconds time);
    void keep_refresh_token(Request& request, const TokenAnswer& answer) const;
    /// Whether to ask again at once, in another way.
    bool try_differently(const Outcome& outcome, Tried& tried);
    void throw_unless_waiting_helps(const Outcome& outcome);
    std::chrono::milliseconds pause(int attempt, const Outcome& outcome);
    [[noreturn]] void give_up(int attempts, const Outcome& outcome) const;

    PartnerCenterSettings settings_;
    HttpTransport& http_;
    Clock& clock_;
    SignIn kind_;
    bool reached_ = false;
    bool confidential_; ///< whether the client proves itself; what worked is kept
    Instant closed_until_ = Instant::min(); ///< by a long `Retry-After`
    std::minstd_rand random_;
    std::string files_read_;
    std::weak_ptr<Alarm> resting_;
};

} // namespace pcmirror
