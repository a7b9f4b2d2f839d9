#include "daemon/login/device_code.hpp"

#include "daemon/login/login_words.hpp"
#include "sync/http/plain_text.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::chrono::seconds slower = 5s; ///< RFC 8628, section 3.5
constexpr std::size_t longest_shown = 300;

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Version 1 sends numbers as strings.
std::chrono::seconds
seconds_of(const json& object, const char* name, std::chrono::seconds otherwise) {
    const auto found = object.find(name);
    if (found == object.end())
        return otherwise;
    if (found->is_number_integer())
        return std::chrono::seconds(found->get<std::int64_t>());
    const std::string text = text_of(object, name);
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc() ? std::chrono::seconds(value) : otherwise;
}

bool is_web_address(const std::string& text) {
    return text.starts_with("https://") || text.starts_with("http://");
}

HttpRequest question(const PartnerCenterSettings& settings) {
    HttpRequest request = make_token_request(
        settings, {{"client_id", settings.client_id}, {"resource", settings.resource}}
    );
    request.url = sign_in_url(settings, "devicecode");
    return request;
}

/// One sign-in, from the code to the tokens.
class DeviceSignIn {
  public:
    DeviceSignIn(const PartnerCenterSettings& settings, HttpTransport& http, Clock& clock)
        : settings_(settings), http_(http), clock_(clock), redemption_(settings, http, clock) {}

    asio::awaitable<DeviceCode> start() {
        HttpRequest request = question(settings_);
        HttpResponse response;
        try {
            response = co_await http_.send(std::move(request));
        } catch (const TransportError& error) {
            throw unreachable(error);
        }
        std::optional<DeviceCode> code = read_device_code(response.body);
        if (response.status != 200 || !code)
            refuse(read_sign_in_refusal(response, {}));
        co_return std::move(*code);
    }

    asio::awaitable<UserTokens> await_person(DeviceCode code, Milliseconds time_limit) {
        const Milliseconds patience =
            std::min(time_limit, std::chrono::duration_cast<Milliseconds>(code.expires_in));
        const Instant give_up_at = clock_.now() + patience;
        std::chrono::seconds interval = code.interval;
        while (true) {
            const Instant next = std::min<Instant>(clock_.now() + interval, give_up_at);
            const auto pause = std::chrono::ceil<Milliseconds>(next - clock_.now());
            co_await sleep_for(clock_, pause);
            Redemption::Reply reply = co_await poll(code);
            if (reply.tokens)
                co_return std::move(*reply.tokens);
            interval = next_interval(reply, interval);
            if (clock_.now() >= give_up_at)
                throw nobody_came(patience, LoginWay::device_code);
        }
    }

  private:
    /// What could not be asked is asked again, more slowly.
    asio::awaitable<Redemption::Reply> poll(const DeviceCode& code) {
        Form grant = {{"grant_type", "device_code"}, {"code", code.code.reveal()}};
        try {
            co_return co_await redemption_.ask(std::move(grant));
        } catch (const TransportError& error) {
            if (error.recovery() != Recovery::retry_later)
                throw;
        }
        Redemption::Reply nothing;
        nothing.refusal.error = "slow_down";
        co_return nothing;
    }

    /// Throws where the answer is the last one.
    std::chrono::seconds
    next_interval(const Redemption::Reply& reply, std::chrono::seconds interval) const {
        const SignInRefusal& refusal = reply.refusal;
        if (refusal.error == "authorization_pending")
            return interval;
        const bool passing = refusal.error == "slow_down" || refusal.status == 408 ||
                             refusal.status == 429 || refusal.status >= 500 ||
                             refusal.error == "temporarily_unavailable";
        if (!passing)
            refuse(refusal);
        return std::max(interval + slower, reply.retry_after.value_or(0s));
    }

    [[noreturn]] void refuse(const SignInRefusal& refusal) const {
        throw explain_login(refusal, settings_, LoginWay::device_code, {});
    }

    const PartnerCenterSettings& settings_;
    HttpTransport& http_;
    Clock& clock_;
    Redemption redemption_;
};

} // namespace

std::optional<DeviceCode> read_device_code(std::string_view body) {
    constexpr auto shortest = 1s;
    constexpr auto longest = 60s;
    const json object = json::parse(body, nullptr, false);
    if (!object.is_object())
        return std::nullopt;
    DeviceCode code;
    code.code = Secret(text_of(object, "device_code"));
    code.user_code = one_line(text_of(object, "user_code"), longest_shown);
    code.verification_url = one_line(text_of(object, "verification_url"), longest_shown);
    if (code.verification_url.empty())
        code.verification_url = one_line(text_of(object, "verification_uri"), longest_shown);
    code.expires_in = std::clamp<std::chrono::seconds>(
        seconds_of(object, "expires_in", code.expires_in), 0s, 24h
    );
    code.interval = std::clamp<std::chrono::seconds>(
        seconds_of(object, "interval", code.interval), shortest, longest
    );
    const bool whole = !code.code.empty() && !code.user_code.empty();
    return whole && is_web_address(code.verification_url) ? std::optional(code) : std::nullopt;
}

asio::awaitable<UserTokens> sign_in_by_device_code(
    const PartnerCenterSettings& settings,
    HttpTransport& http,
    Clock& clock,
    Milliseconds time_limit,
    std::function<void(const DeviceCode&)> show
) {
    DeviceSignIn sign_in(settings, http, clock);
    DeviceCode code = co_await sign_in.start();
    show(code);
    co_return co_await sign_in.await_person(std::move(code), time_limit);
}

} // namespace pcmirror
