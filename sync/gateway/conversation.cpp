#include "sync/gateway/conversation.hpp"

#include "schema/counted.hpp"
#include "sync/http/guid.hpp"
#include "sync/http/token_errors.hpp"
#include "sync/http/url.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int wrong_audience = 900420;

/// An answer that asks for a longer pause fails its call for now.
constexpr std::chrono::seconds longest_pause = 10min;

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
    });
}

bool frames_messages(std::string_view name) {
    const std::string lower = http::lower_case(name);
    return lower == "host" || lower == "connection" || lower == "content-length" ||
           lower == "transfer-encoding" || lower == "accept-encoding";
}

http::Url require_own_url(const std::string& text, const PartnerCenterSettings& settings) {
    http::Url url = http::parse_url(text);
    if (url.origin() != http::parse_url(settings.api_url).origin()) {
        throw Error(
            Recovery::skip_scope,
            fmt::format("a link leads to \"{}\", which is not the API", url.origin())
        );
    }
    return url;
}

void require_clean(const Headers& headers) {
    for (const auto& [name, value] : headers) {
        if (name.empty() || has_control(name) || has_control(value)) {
            throw Error(Recovery::skip_scope, "a link asks for a header that is malformed");
        }
    }
}

} // namespace

Conversation::Conversation(
    const PartnerCenterSettings& settings, Call call, SignIn kind, std::uint64_t answers_so_far
)
    : settings_(settings), call_(std::move(call)), kind_(kind), answers_before_(answers_so_far),
      request_id_(new_guid()), correlation_id_(new_guid()) {
    const http::Url url = require_own_url(call_.url, settings_);
    path_ = url.target.substr(0, url.target.find('?'));
    require_clean(call_.headers);
}

Conversation::Conversation(
    const PartnerCenterSettings& settings, WriteCall call, SignIn kind, std::uint64_t answers_so_far
)
    : Conversation(settings, std::move(call.call), kind, answers_so_far) {
    method_ = std::move(call.method);
    body_ = std::move(call.body);
    mask_ = std::move(call.mask);
    request_id_ = std::move(call.request_id);
}

HttpRequest Conversation::request(const std::string& token, bool ask_about_mfa) const {
    HttpRequest request;
    request.method = method_;
    request.url = call_.url;
    request.body = body_;
    request.timeout = settings_.request_timeout;
    request.headers = {
        {"Authorization", "Bearer " + token},
        {"Accept", "application/json"},
        {"MS-RequestId", request_id_},
        {"MS-CorrelationId", correlation_id_},
        {"X-Locale", "en-US"},
        {"MS-Contract-Version", "v1"},
        {"MS-PartnerCenter-Application", "pcmirror"}};
    if (!body_.empty()) {
        request.headers.emplace_back("Content-Type", "application/json");
    }
    if (ask_about_mfa) {
        request.headers.emplace_back("ValidateMfa", "true");
    }
    // A link may name any header; it changes none of ours, and not how the message is framed.
    for (const auto& extra : call_.headers) {
        if (header(request.headers, extra.first).empty() && !frames_messages(extra.first)) {
            request.headers.push_back(extra);
        }
    }
    return request;
}

Answer Conversation::read(HttpResponse response) const {
    Answer answer;
    answer.status = response.status;
    answer.request_id = request_id_;
    answer.correlation_id = correlation_id_;
    if (response.status >= 300) {
        answer.error = read_api_error(response.body, mask_);
    }
    answer.verdict = judge(response, answer.error);
    answer.headers = std::move(response.headers);
    answer.body = std::move(response.body);
    return answer;
}

std::optional<milliseconds> Conversation::pause_after(
    const Answer& answer, std::optional<std::chrono::seconds> retry_after, double random
) {
    switch (answer.verdict) {
    case Verdict::ok:
    case Verdict::refused:
    case Verdict::not_found:
    case Verdict::failed:
        return std::nullopt;
    case Verdict::mfa:
        fail_for_mfa(answer);
    case Verdict::sign_in:
        return sign_in_again(answer);
    case Verdict::throttled:
    case Verdict::retry:
        break;
    }
    ++failures_;
    const auto asked = retry_after.value_or(0s);
    const bool throttled = answer.verdict == Verdict::throttled;
    // The gate holds the next attempt back, with all others that it is meant for, and refuses it
    // where that takes too long.
    if (throttled && (asked > longest_pause || !exhausted())) {
        return 0ms;
    }
    if (exhausted() || asked > longest_pause) {
        fail_for_now(answer.describe(), asked);
    }
    return std::max<milliseconds>(asked, back_off(failures_, random));
}

milliseconds Conversation::pause_after(
    const TransportError& trouble, std::uint64_t answers_so_far, double random
) {
    ++failures_;
    const bool connected = trouble.kind() != TransportError::Kind::connect &&
                           trouble.kind() != TransportError::Kind::tls;
    unconnected_ += connected ? 0 : 1;
    if (trouble.recovery() != Recovery::retry_later) {
        throw Error(
            trouble.recovery(),
            "the API can't be reached: " + std::string(trouble.what()),
            trouble.hint()
        );
    }
    if (trouble.kind() == TransportError::Kind::too_large) {
        throw trouble.in_context(method_ + ' ' + path_);
    }
    if (!exhausted()) {
        return back_off(failures_, random);
    }
    const bool nobody_connected = unconnected_ == attempt_ && answers_so_far == answers_before_;
    // A single attempt may fail for a moment's reason.
    if (nobody_connected && call_.patient) {
        throw Error(
            Recovery::fix_api,
            fmt::format(
                "the API can't be reached: {} ({})", trouble.what(), counted(attempt_, "attempt")
            ),
            "check partner_center.api_url and proxy, and this machine's network"
        );
    }
    fail_for_now(fmt::format("{} [request id {}]", trouble.what(), request_id_));
}

bool Conversation::may_sign_in_again(const Answer& answer) {
    if (answer.verdict == Verdict::mfa) {
        fail_for_mfa(answer);
    }
    return answer.verdict == Verdict::sign_in && sign_in_again(answer) >= 0ms;
}

milliseconds Conversation::sign_in_again(const Answer& answer) {
    if (std::exchange(signed_in_again_, true)) {
        fail_for_refused_token(answer);
    }
    return 0ms;
}

void Conversation::fail_for_mfa(const Answer& answer) const {
    throw Error(
        Recovery::fix_api,
        "the API wants MFA, and the sign-in behind the refresh token had none: " +
            answer.describe(),
        "a new access token does not help: " + consent_hint(settings_)
    );
}

void Conversation::fail_alone(const Answer& answer) const {
    throw Error(
        Recovery::skip_scope,
        "the API refuses this call also with a fresh token, which it takes from others: " +
            answer.describe(),
        kind_ == SignIn::app ? "it may need a user's sign-in: auth app_user or auto" : ""
    );
}

void Conversation::fail_for_refused_token(const Answer& answer) const {
    const std::string refusal = "the API refuses a fresh token: " + answer.describe();
    if (answer.error.code == wrong_audience) {
        throw Error(
            Recovery::fix_api,
            refusal,
            fmt::format(
                "partner_center.resource is {}; it has to be the API itself", settings_.resource
            )
        );
    }
    const std::string challenge(header(answer.headers, "WWW-Authenticate"));
    if (kind_ == SignIn::user && answer.body.empty() &&
        challenge.find("invalid_token") != std::string::npos) {
        throw Error(
            Recovery::fix_api,
            refusal + "; most likely the sign-in behind the refresh token had no MFA",
            consent_hint(settings_)
        );
    }
    std::string hint = fmt::format(
        "register application {} in Partner Center (Account settings, App management) and check "
        "partner_center.resource",
        settings_.client_id
    );
    if (kind_ == SignIn::app) {
        hint += "; if only this call is refused it needs a user's sign-in: auth app_user or auto";
    }
    throw Error(Recovery::fix_api, refusal, hint);
}

void Conversation::fail_for_now(const std::string& last, std::chrono::seconds asked) const {
    throw NotNow(
        fmt::format(
            "{} {}: no success in {}, the last: {}",
            method_,
            path_,
            counted(attempt_, "attempt"),
            last
        ),
        asked
    );
}

} // namespace pcmirror
