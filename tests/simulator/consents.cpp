#include "tests/simulator/consents.hpp"

#include "tests/simulator/fault_kinds.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/tokens.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/sha.h>

namespace pcmirror::simulator {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string field(const Request& request, std::string_view name) {
    return form_value(request.body, name).value_or("");
}

std::string parameter(const Request& request, std::string_view name) {
    return request.parameter(name).value_or("");
}

std::string encoded(std::string_view text) {
    std::string result;
    for (const char letter : text)
        if (std::isalnum(static_cast<unsigned char>(letter)) != 0)
            result += letter;
        else
            result += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    return result;
}

Reply page(int status, const std::string& body) {
    Reply reply{.status = status};
    reply.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
    reply.body = "<!DOCTYPE html>\n<title>Sign in</title>\n" + body + '\n';
    return reply;
}

/// Where the way back is not known or not trusted the person is told, and nobody else.
Reply dead_end(int aadsts) {
    const nlohmann::json error = nlohmann::json::parse(sign_in_error(aadsts).body);
    return page(400, error["error_description"].get<std::string>());
}

/// `http://localhost`, whatever port and with or without the slash at the end.
std::string without_port(std::string_view uri) {
    constexpr std::string_view localhost = "http://localhost";
    if (uri.starts_with(localhost) && uri.substr(localhost.size()).starts_with(':')) {
        const std::size_t slash = std::min(uri.find('/', localhost.size()), uri.size());
        return std::string(localhost) + without_port(uri.substr(slash));
    }
    return std::string(uri.ends_with('/') ? uri.substr(0, uri.size() - 1) : uri);
}

Reply redirect(const std::string& uri, const Fields& fields) {
    std::string location = uri;
    for (const auto& [name, value] : fields)
        location +=
            (location.find('?') == std::string::npos ? '?' : '&') + name + '=' + encoded(value);
    return {.status = 302, .headers = {{"Location", location}}};
}

Reply form(const std::string& uri, const Fields& fields) {
    std::string body = fmt::format("<form method=\"POST\" action=\"{}\">\n", uri);
    for (const auto& [name, value] : fields)
        body += fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", name, value);
    return page(200, body + "</form>");
}

std::string challenge_of(const std::string& verifier) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size(), digest.data());
    return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

/// A number, or a word for which no number is known.
Reply device_refusal(const std::string& what) {
    int aadsts = 0;
    const auto [end, problem] = std::from_chars(what.data(), what.data() + what.size(), aadsts);
    const bool number = problem == std::errc() && end == what.data() + what.size();
    return number ? sign_in_error(aadsts) : sign_in_error(70016, what);
}

} // namespace

bool Consents::is_registered(std::string_view redirect_uri) const {
    return std::ranges::any_of(redirect_uris_, [&](const std::string& registered) {
        return registered == redirect_uri || without_port(registered) == without_port(redirect_uri);
    });
}

Reply Consents::authorize(const Request& request, const Registration& registration) {
    const std::string tenant = path_segments(request.path()).front();
    if (!registration.has_tenant(tenant) && tenant != "common" && tenant != "organizations")
        return dead_end(90002);
    if (!equal_ignoring_case(parameter(request, "client_id"), registration.client_id))
        return dead_end(700016);
    const std::string redirect_uri = parameter(request, "redirect_uri");
    if (!is_registered(redirect_uri))
        return dead_end(50011);
    if (parameter(request, "response_type") != "code" || parameter(request, "resource").empty())
        return dead_end(900144);
    const std::string method = parameter(request, "code_challenge_method");
    if (!method.empty() && method != "S256")
        return dead_end(900144);
    return hand_back(request, redirect_uri);
}

Reply Consents::hand_back(const Request& request, const std::string& redirect_uri) {
    Fields fields;
    if (refusal_ != 0) {
        const nlohmann::json error = nlohmann::json::parse(sign_in_error(refusal_).body);
        for (const char* name : {"error", "error_description"})
            fields.emplace_back(name, error[name].get<std::string>());
    } else {
        const std::string code = issue_code();
        codes_[code] = {redirect_uri, parameter(request, "code_challenge")};
        fields.emplace_back("code", code);
        fields.emplace_back("session_state", "5e551017");
    }
    fields.emplace_back("state", parameter(request, "state"));
    const bool post = form_post_ || parameter(request, "response_mode") == "form_post";
    return post ? form(redirect_uri, fields) : redirect(redirect_uri, fields);
}

Reply Consents::start_device(const Request& request, const Registration& registration, bool v2) {
    if (!registration.has_tenant(path_segments(request.path()).front()))
        return sign_in_error(90002);
    if (!equal_ignoring_case(field(request, "client_id"), registration.client_id))
        return sign_in_error(700016);
    if (field(request, v2 ? "scope" : "resource").empty())
        return sign_in_error(900144);
    // Version 1 sends numbers as strings.
    const auto number = [v2](int value) {
        return v2 ? nlohmann::json(value) : nlohmann::json(std::to_string(value));
    };
    const nlohmann::json body = {
        {"user_code", "ABCD1234"},
        {"device_code", fmt::format("device-{}", ++codes_issued_)},
        {v2 || new_uri_name_ ? "verification_uri" : "verification_url",
         "https://microsoft.com/devicelogin"},
        {"expires_in", number(device_lifetime_)},
        {"interval", number(device_interval_)},
        {"message",
         "To sign in, use a web browser to open the page https://microsoft.com/devicelogin "
         "and enter the code ABCD1234 to authenticate."}};
    return {.headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = body.dump()};
}

std::optional<Reply> Consents::redeem(const Request& request) {
    const auto found = codes_.find(field(request, "code"));
    if (found == codes_.end())
        return sign_in_error(70008);
    Code& code = found->second;
    if (code.redeemed)
        return sign_in_error(54005);
    if (!code.redirect_uri.empty() && code.redirect_uri != field(request, "redirect_uri"))
        return sign_in_error(500112);
    if (!code.challenge.empty() && code.challenge != challenge_of(field(request, "code_verifier")))
        return sign_in_error(501481);
    code.redeemed = true;
    return {};
}

std::optional<Reply> Consents::poll(std::string_view code) {
    if (!code.starts_with("device-"))
        return sign_in_error(70018);
    if (!device_polls_.empty()) {
        const std::string next = device_polls_.front();
        device_polls_.pop_front();
        return device_refusal(next);
    }
    return devices_approved_ ? std::nullopt : std::optional(sign_in_error(70016));
}

std::string Consents::issue_code() {
    std::string code = fmt::format("code-{}", ++codes_issued_);
    codes_[code] = {};
    return code;
}

bool Consents::set(std::string_view name, const nlohmann::json& value) {
    if (name == "consent_refusal")
        refusal_ = value.get<int>();
    else if (name == "form_post")
        form_post_ = value.get<bool>();
    else if (name == "redirect_uris")
        redirect_uris_ = value.get<std::vector<std::string>>();
    else if (name == "approve_device_codes")
        devices_approved_ = value.get<bool>();
    else if (name == "device_polls")
        device_polls_ = value.get<std::deque<std::string>>();
    else if (name == "device_interval")
        device_interval_ = value.get<int>();
    else if (name == "device_lifetime")
        device_lifetime_ = value.get<int>();
    else if (name == "new_uri_name")
        new_uri_name_ = value.get<bool>();
    else
        return false;
    return true;
}

} // namespace pcmirror::simulator
