#include "sync/http/retry.hpp"

#include "sync/http/bare_body.hpp"
#include "sync/http/http_date.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr int mfa_required = 900421;

/// A 400 that means "busy, come back" (platform page, section 4.3, class W).
constexpr std::array busy_codes = {800072, 800082, 900216, 900261};

/// A 500 that no retry cures (platform page, section 4.2).
constexpr std::array hopeless_codes = {800031, 800083, 800084, 800087};

bool contains(const auto& codes, int code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return result;
}

/// What is wrong where the outermost JSON value is not there from its first to its last character.
/// What lies between is for the scanner; here only cut bodies and pages of a proxy are told apart.
std::string_view flaw_in_body(std::string_view body) {
    constexpr std::string_view none;
    constexpr std::string_view cut = "its body is no whole JSON: it seems to be cut off";
    body = bare_body(body);
    if (body.empty()) {
        return "its body is empty";
    }
    const char last = body.back();
    switch (body.front()) {
    case '{':
        return last == '}' ? none : cut;
    case '[':
        return last == ']' ? none : cut;
    case '"':
        return last == '"' ? none : cut;
    case '<':
        return "its body is a web page: check partner_center.api_url and the proxy";
    default:
        return none;
    }
}

/// The refusal of 2019 to 2023 has no body; some gateways name the reason in the challenge.
Verdict judge_unauthorized(const HttpResponse& response, const ApiError& error) {
    if (error.code == mfa_required) {
        return Verdict::mfa;
    }
    const std::string challenge = lower(header(response.headers, "WWW-Authenticate"));
    const bool hints = challenge.find("mfa") != std::string::npos ||
                       challenge.find("multi-factor") != std::string::npos ||
                       challenge.find("multifactor") != std::string::npos;
    return response.body.empty() && hints ? Verdict::mfa : Verdict::sign_in;
}

Verdict judge_server_error(int status, const ApiError& error) {
    const bool lasting = status == 501 || status == 505;
    return lasting || contains(hopeless_codes, error.code) ? Verdict::failed : Verdict::retry;
}

std::optional<seconds> read_delta(std::string_view text) {
    double value = 0;
    const auto [end, problem] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    constexpr double most = 1e9;
    return seconds(std::llround(std::ceil(std::clamp(value, 0.0, most))));
}

} // namespace

std::string flaw_in_success(int status, std::string_view body) {
    if (status < 200 || status > 299) {
        return "";
    }
    if (status == 202 || status == 204) {
        return ", which has no data yet";
    }
    const std::string_view flaw = flaw_in_body(body);
    return flaw.empty() ? "" : ", but " + std::string(flaw);
}

Verdict judge(const HttpResponse& response, const ApiError& error) {
    const int status = response.status;
    if (status >= 200 && status <= 299) {
        return flaw_in_success(status, response.body).empty() ? Verdict::ok : Verdict::retry;
    }
    if (status >= 500) {
        return judge_server_error(status, error);
    }
    switch (status) {
    case 400:
        return contains(busy_codes, error.code) ? Verdict::retry : Verdict::failed;
    case 401:
        return judge_unauthorized(response, error);
    case 403:
        return Verdict::refused;
    case 404:
    case 410:
        return Verdict::not_found;
    case 408:
    case 409:
    case 423:
    case 425:
        return Verdict::retry;
    case 429:
        return Verdict::throttled;
    default:
        return Verdict::failed;
    }
}

std::optional<seconds>
retry_after(const Headers& headers, std::chrono::system_clock::time_point now) {
    const std::string_view text = header(headers, "Retry-After");
    std::optional<seconds> wait = read_delta(text);
    if (!wait) {
        if (const auto date = read_http_date(text, now)) {
            wait = std::chrono::ceil<seconds>(*date - now);
        }
    }
    if (!wait) {
        return std::nullopt;
    }
    return std::clamp<seconds>(*wait, 0s, 24h);
}

std::chrono::milliseconds back_off(int attempt, double random) {
    constexpr std::chrono::duration<double, std::milli> shortest = 500ms;
    constexpr std::chrono::duration<double, std::milli> longest = 60s;
    const double doublings = std::clamp(attempt - 1, 0, 10);
    const auto whole = std::min(shortest * std::exp2(doublings), longest);
    return std::chrono::round<std::chrono::milliseconds>(whole * random);
}

} // namespace pcmirror
