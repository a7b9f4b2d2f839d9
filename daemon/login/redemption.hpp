#pragma once

#include "daemon/login/login_options.hpp"
#include "sync/http/clock.hpp"
#include "sync/http/transport.hpp"

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace pcmirror {

/// Asks the sign-in service for a user's first tokens, with the application's secret or certificate
/// where the configuration has one. A registration that wants it the other way (AADSTS7000218,
/// 700025) gets it the other way, once.
class Redemption {
  public:
    /// All of them must outlive it.
    Redemption(const PartnerCenterSettings& settings, HttpTransport& http, Clock& clock);

    /// One answer: tokens, or why there are none.
    struct Reply {
        std::optional<UserTokens> tokens;
        SignInRefusal refusal;
        std::optional<std::chrono::seconds> retry_after;
    };

    /// Throws `TransportError` where no answer came.
    asio::awaitable<Reply> ask(Form grant);

    /// Asks again while the trouble is a passing one, as often as the configuration says. Returns
    /// what is final. Throws `Error` where the service can't be reached.
    asio::awaitable<Reply> ask_patiently(Form grant);

  private:
    asio::awaitable<Reply> ask_once(Form grant);
    [[nodiscard]] bool goes_on_after(const TransportError& error, int attempt) const;
    std::chrono::milliseconds pause(int attempt, std::optional<std::chrono::seconds> asked);

    const PartnerCenterSettings& settings_;
    HttpTransport& http_;
    Clock& clock_;
    bool confidential_;
    bool tried_other_way_ = false;
    std::minstd_rand random_;
};

} // namespace pcmirror
