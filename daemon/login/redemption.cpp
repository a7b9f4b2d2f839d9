#include "daemon/login/redemption.hpp"

#include "daemon/login/login_words.hpp"
#include "sync/http/client_credentials.hpp"
#include "sync/http/retry.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

/// Somebody sits before it.
constexpr std::chrono::milliseconds longest_pause = 30s;

} // namespace

Redemption::Redemption(const PartnerCenterSettings& settings, HttpTransport& http, Clock& clock)
    : settings_(settings), http_(http), clock_(clock),
      confidential_(has_client_credentials(settings)), random_(std::random_device{}()) {}

asio::awaitable<Redemption::Reply> Redemption::ask_once(Form grant) {
    std::vector<std::string> secrets;
    for (const auto& [name, value] : grant)
        if (name == "code" || name == "code_verifier")
            secrets.push_back(value);
    grant.emplace_back("client_id", settings_.client_id);
    grant.emplace_back("resource", settings_.resource);
    if (confidential_)
        add_client_credentials(settings_, clock_.wall_now(), grant, secrets);
    HttpRequest request = make_token_request(settings_, grant);
    const HttpResponse response = co_await http_.send(std::move(request));
    auto read = read_token_answer(response, secrets);
    Reply reply;
    if (auto* refusal = std::get_if<SignInRefusal>(&read)) {
        reply.refusal = std::move(*refusal);
        reply.retry_after = retry_after(response.headers, clock_.wall_now());
        co_return reply;
    }
    TokenAnswer answer = std::get<TokenAnswer>(std::move(read));
    if (answer.refresh_token.empty())
        throw Error(
            Recovery::fix_api,
            "signing in: the sign-in service gave no refresh token",
            "check that the tenant's policies let application " + settings_.client_id +
                " keep a session"
        );
    reply.tokens = UserTokens{std::move(answer), confidential_};
    co_return reply;
}

asio::awaitable<Redemption::Reply> Redemption::ask(Form grant) {
    Reply reply = co_await ask_once(grant);
    const bool other_way = !reply.tokens && has_client_credentials(settings_) &&
                           explain(reply.refusal, settings_).cure == SignInCure::other_way;
    if (!other_way || std::exchange(tried_other_way_, true))
        co_return reply;
    confidential_ = !confidential_;
    co_return co_await ask_once(std::move(grant));
}

asio::awaitable<Redemption::Reply> Redemption::ask_patiently(Form grant) {
    for (int attempt = 1;; ++attempt) {
        std::optional<std::chrono::seconds> asked;
        try {
            Reply reply = co_await ask(grant);
            const bool final =
                reply.tokens || explain(reply.refusal, settings_).cure != SignInCure::wait;
            if (final || attempt >= settings_.max_attempts)
                co_return reply;
            asked = reply.retry_after;
        } catch (const TransportError& error) {
            if (!goes_on_after(error, attempt))
                throw unreachable(error);
        }
        co_await sleep_for(clock_, pause(attempt, asked));
    }
}

bool Redemption::goes_on_after(const TransportError& error, int attempt) const {
    return error.recovery() == Recovery::retry_later && attempt < settings_.max_attempts;
}

std::chrono::milliseconds
Redemption::pause(int attempt, std::optional<std::chrono::seconds> asked) {
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    const std::chrono::milliseconds wanted = asked.value_or(0s);
    return std::min(longest_pause, std::max(wanted, back_off(attempt, random)));
}

} // namespace pcmirror
