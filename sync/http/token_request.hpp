#pragma once

#include "config/settings.hpp"
#include "sync/http/token_errors.hpp"
#include "sync/http/transport.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pcmirror {

/// Form fields in their order.
using Form = std::vector<std::pair<std::string, std::string>>;

/// `application/x-www-form-urlencoded`.
std::string encode_form(const Form& form);

/// `{login}/{tenant}/oauth2/CALL`: `token`, `authorize`, `devicecode`.
std::string sign_in_url(const PartnerCenterSettings& settings, std::string_view call);

/// `{login}/{tenant}/oauth2/token`.
std::string token_url(const PartnerCenterSettings& settings);

/// The request for a token with these fields.
HttpRequest make_token_request(const PartnerCenterSettings& settings, const Form& form);

/// What was answered instead of what was asked for; no `error` where it is no answer of a sign-in
/// service. `secrets` are blotted out of descriptions.
SignInRefusal
read_sign_in_refusal(const HttpResponse& response, const std::vector<std::string>& secrets);

/// The same from the parts that a browser brings back.
SignInRefusal make_sign_in_refusal(std::string_view error, std::string_view description);

struct TokenAnswer {
    Secret access_token;
    Secret refresh_token; ///< empty: the old one stays
    Secret id_token;      ///< who signed in, for display; may be empty
    std::chrono::seconds expires_in{0};
};

/// Numbers may come as strings (v1 endpoint). What is neither a usable token nor a documented error
/// becomes a `SignInRefusal` without `error`. `secrets` are blotted out of descriptions.
std::variant<TokenAnswer, SignInRefusal>
read_token_answer(const HttpResponse& response, const std::vector<std::string>& secrets);

} // namespace pcmirror
