#include "sync/http/token_request.hpp"

#include "sync/http/bare_body.hpp"
#include "sync/http/plain_text.hpp"
#include "sync/http/url.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::size_t longest_description = 200;
/// Where the answer does not say: shorter than any life that was ever seen.
constexpr std::chrono::seconds default_life = 10min;

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::int64_t> leading_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> number_of(const json& value) {
    if (value.is_number()) {
        return static_cast<std::int64_t>(std::clamp(value.get<double>(), -1e9, 1e9));
    }
    return value.is_string() ? leading_number(value.get_ref<const std::string&>()) : std::nullopt;
}

std::chrono::seconds life_of(const json& object) {
    const auto found = object.find("expires_in");
    const auto life = found != object.end() ? number_of(*found) : std::nullopt;
    return life ? std::clamp<std::chrono::seconds>(std::chrono::seconds(*life), 0s, 24h)
                : default_life;
}

/// What goes into a header must not be able to end it.
bool usable(const std::string& token) {
    return !token.empty() &&
           std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

/// `error_codes`, else the number that the description begins with.
int aadsts_number(const json& object, std::string_view description) {
    const auto codes = object.find("error_codes");
    std::optional<std::int64_t> number;
    if (codes != object.end() && codes->is_array() && !codes->empty()) {
        number = number_of(codes->front());
    }
    constexpr std::string_view mark = "AADSTS";
    const std::size_t at = description.find(mark);
    if (!number && at != std::string_view::npos) {
        number = leading_number(description.substr(at + mark.size()));
    }
    return number && *number > 0 && *number <= 1'000'000'000 ? static_cast<int>(*number) : 0;
}

std::string blot_out(std::string text, const std::vector<std::string>& secrets) {
    for (const std::string& secret : secrets) {
        for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != text.npos;) {
            text.replace(at, secret.size(), "***");
        }
    }
    return text;
}

SignInRefusal
read_refusal(int status, const json& object, const std::vector<std::string>& secrets) {
    SignInRefusal refusal;
    refusal.status = status;
    if (!object.is_object()) {
        return refusal;
    }
    const std::string description = text_of(object, "error_description");
    refusal.error = one_line(text_of(object, "error"), 60);
    refusal.number = aadsts_number(object, description);
    // Trace and correlation ids follow in lines of their own.
    const std::string first_line = description.substr(0, description.find_first_of("\r\n"));
    refusal.description = one_line(blot_out(first_line, secrets), longest_description);
    refusal.trace_id = one_line(text_of(object, "trace_id"), 60);
    return refusal;
}

json parse_body(const HttpResponse& response) {
    return json::parse(without_mark(response.body), nullptr, false);
}

} // namespace

std::string encode_form(const Form& form) {
    std::string body;
    for (const auto& [name, value] : form) {
        body += body.empty() ? "" : "&";
        body += http::percent_encoded(name) + '=' + http::percent_encoded(value);
    }
    return body;
}

std::string sign_in_url(const PartnerCenterSettings& settings, std::string_view call) {
    return settings.login_url + '/' + http::percent_encoded(settings.tenant_id) + "/oauth2/" +
           std::string(call);
}

std::string token_url(const PartnerCenterSettings& settings) {
    return sign_in_url(settings, "token");
}

HttpRequest make_token_request(const PartnerCenterSettings& settings, const Form& form) {
    HttpRequest request;
    request.method = "POST";
    request.url = token_url(settings);
    request.headers = {
        {"Content-Type", "application/x-www-form-urlencoded"},
        {"Accept", "application/json"},
        {"return-client-request-id", "true"}};
    request.body = encode_form(form);
    // Well inside the time that a stop is given, so that an answer with a rotated token is not cut
    // off.
    request.timeout = std::min<std::chrono::milliseconds>(settings.request_timeout, 15s);
    request.body_limit = 1 << 20;
    return request;
}

std::variant<TokenAnswer, SignInRefusal>
read_token_answer(const HttpResponse& response, const std::vector<std::string>& secrets) {
    const json object = parse_body(response);
    const bool success = response.status >= 200 && response.status <= 299 && object.is_object();
    const std::string access_token = success ? text_of(object, "access_token") : std::string();
    if (!usable(access_token)) {
        return read_refusal(response.status, object, secrets);
    }
    TokenAnswer answer;
    answer.access_token = Secret(access_token);
    answer.refresh_token = Secret(text_of(object, "refresh_token"));
    answer.id_token = Secret(text_of(object, "id_token"));
    answer.expires_in = life_of(object);
    return answer;
}

SignInRefusal
read_sign_in_refusal(const HttpResponse& response, const std::vector<std::string>& secrets) {
    return read_refusal(response.status, parse_body(response), secrets);
}

SignInRefusal make_sign_in_refusal(std::string_view error, std::string_view description) {
    const json object = {
        {"error", valid_utf8(error)}, {"error_description", valid_utf8(description)}};
    return read_refusal(0, object, {});
}

} // namespace pcmirror
