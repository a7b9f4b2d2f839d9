#include "sync/http/sign_in.hpp"

#include "config/log.hpp"
#include "schema/counted.hpp"
#include "sync/http/client_credentials.hpp"
#include "sync/http/directory_lock.hpp"
#include "sync/http/retry.hpp"
#include "sync/http/token.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <utility>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;

/// A service that asks for more patience gets it, but nobody waits inside a call for so long.
constexpr std::chrono::milliseconds longest_pause = 2min;

/// Longer than another process needs for its sign-in: one request and a file.
constexpr std::chrono::milliseconds longest_lock = 1min;

std::string refresh_token_of(const PartnerCenterSettings& settings) {
    const std::string hint = consent_hint(settings);
    if (settings.refresh_token_file.empty()) {
        throw Error(Recovery::fix_api, "partner_center.refresh_token_file is not set", hint);
    }
    return read_credential(settings.refresh_token_file, "refresh token", hint);
}

} // namespace

SignInRunner::SignInRunner(
    PartnerCenterSettings settings, HttpTransport& http, Clock& clock, SignIn kind
)
    : settings_(std::move(settings)), http_(http), clock_(clock), kind_(kind),
      confidential_(has_client_credentials(settings_)), random_(std::random_device{}()) {}

SignInRunner::Request SignInRunner::prepare() const {
    Request request;
    if (kind_ == SignIn::user) {
        // Anew each time: another process may have rotated it.
        request.secrets.push_back(refresh_token_of(settings_));
        request.replacement = std::make_unique<SecretFile>(settings_.refresh_token_file);
        request.form = {
            {"grant_type", "refresh_token"},
            {"refresh_token", request.secrets.back()},
            {"scope", "openid"}};
    } else {
        request.form = {{"grant_type", "client_credentials"}};
    }
    request.form.emplace_back("client_id", settings_.client_id);
    request.form.emplace_back("resource", settings_.resource);
    if (confidential_) {
        add_client_credentials(settings_, clock_.wall_now(), request.form, request.secrets);
    }
    return request;
}

/// Of processes that share a refresh token one at a time reads it, uses it and stores the next.
asio::awaitable<SignInRunner::Outcome> SignInRunner::ask() {
    if (kind_ == SignIn::app || settings_.refresh_token_file.empty()) {
        co_return co_await ask_locked();
    }
    const DirectoryLock lock =
        co_await DirectoryLock::take(settings_.refresh_token_file, clock_, longest_lock);
    co_return co_await ask_locked();
}

asio::awaitable<SignInRunner::Outcome> SignInRunner::ask_locked() {
    files_read_ = files();
    Request request = prepare();
    HttpRequest message = make_token_request(settings_, request.form);
    Outcome outcome;
    HttpResponse response;
    try {
        response = co_await http_.send(std::move(message));
    } catch (const TransportError& error) {
        const bool before_sending = error.kind() == TransportError::Kind::connect ||
                                    error.kind() == TransportError::Kind::tls;
        outcome.connected = !before_sending;
        const bool lasting = error.recovery() != Recovery::retry_later;
        outcome.problem = {
            lasting ? SignInCure::person : SignInCure::wait, error.what(), error.hint()};
        co_return outcome;
    }
    auto read = read_token_answer(response, request.secrets);
    if (const auto* refusal = std::get_if<SignInRefusal>(&read)) {
        outcome.problem = explain(*refusal, settings_);
        outcome.outdated = is_outdated(request, *refusal);
        outcome.retry_after = retry_after(response.headers, clock_.wall_now());
        co_return outcome;
    }
    outcome.answer = std::get<TokenAnswer>(std::move(read));
    keep_refresh_token(request, *outcome.answer);
    co_return outcome;
}

bool SignInRunner::is_outdated(const Request& request, const SignInRefusal& refusal) const {
    if (kind_ == SignIn::app || refusal.error != "invalid_grant") {
        return false;
    }
    try {
        return refresh_token_of(settings_) != request.secrets.front();
    } catch (const Error&) {
        return false;
    }
}

void SignInRunner::keep_refresh_token(Request& request, const TokenAnswer& answer) const {
    const std::string& rotated = answer.refresh_token.reveal();
    if (!request.replacement || rotated.empty() || rotated == request.secrets.front()) {
        return;
    }
    request.replacement->commit(rotated);
    event(
        Level::info,
        "sign_in.refresh_token_stored",
        {{field::path, settings_.refresh_token_file.string()}}
    );
}

bool SignInRunner::try_differently(const Outcome& outcome, Tried& tried) {
    if (outcome.outdated && !std::exchange(tried.newer_token, true)) {
        return true;
    }
    const SignInCure cure = outcome.problem.cure;
    const bool other_way =
        cure == SignInCure::other_way && kind_ == SignIn::user && has_client_credentials(settings_);
    if (other_way && !std::exchange(tried.other_way, true)) {
        confidential_ = !confidential_;
        return true;
    }
    return false;
}

void SignInRunner::throw_unless_waiting_helps(const Outcome& outcome) {
    if (outcome.problem.cure == SignInCure::wait) {
        return;
    }
    confidential_ = has_client_credentials(settings_);
    throw Error(Recovery::fix_api, "signing in: " + outcome.problem.message, outcome.problem.hint);
}

std::chrono::milliseconds SignInRunner::pause(int attempt, const Outcome& outcome) {
    const std::chrono::milliseconds asked = outcome.retry_after.value_or(0s);
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    return std::max(asked, back_off(attempt, random));
}

void SignInRunner::give_up(int attempts, const Outcome& outcome) const {
    const std::string message = fmt::format(
        "signing in: {} (after {})", outcome.problem.message, counted(attempts, "attempt")
    );
    if (!reached_) {
        throw Error(
            Recovery::fix_api,
            message,
            "check partner_center.login_url and proxy, and this machine's network"
        );
    }
    throw Error(Recovery::retry_later, message);
}

asio::awaitable<void> SignInRunner::rest(std::chrono::milliseconds time) {
    const std::shared_ptr<Alarm> alarm = clock_.make_alarm(co_await asio::this_coro::executor);
    resting_ = alarm;
    co_await alarm->wait_until(clock_.now() + time);
}

void SignInRunner::hurry() {
    if (const auto alarm = resting_.lock()) {
        alarm->ring();
    }
}

asio::awaitable<TokenAnswer> SignInRunner::run(std::function<bool()> wanted) {
    if (clock_.now() < closed_until_) {
        throw Error(Recovery::retry_later, "signing in: the sign-in service asked to wait longer");
    }
    reached_ = false;
    Tried tried;
    for (int attempt = 1;;) {
        Outcome outcome = co_await ask();
        reached_ = reached_ || outcome.connected;
        if (outcome.answer) {
            co_return std::move(*outcome.answer);
        }
        if (try_differently(outcome, tried)) {
            continue;
        }
        throw_unless_waiting_helps(outcome);
        const std::chrono::milliseconds time = pause(attempt, outcome);
        if (time > longest_pause) {
            closed_until_ = clock_.now() + time;
        }
        if (attempt >= settings_.max_attempts || time > longest_pause || !wanted()) {
            give_up(attempt, outcome);
        }
        co_await rest(time);
        if (!wanted()) {
            give_up(attempt, outcome);
        }
        ++attempt;
    }
}

} // namespace pcmirror
