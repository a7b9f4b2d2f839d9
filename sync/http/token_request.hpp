#pragma once

#include "config/settings.hpp"
#include "sync/http/token_errors.hpp"
#include "sync/http/transport.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pcmirror {

/// Form fields in their order.
using Form = std::vector<std::pair<std::string, std::string>>;

/// `application/x-www-form-urlencoded`.
std::string encode_form(const Form& form);

/// `{login}/{tenant}/oauth2/token`.
std::string token_url(const PartnerCenterSettings& settings);

/// The request for a token with these fields.
HttpRequest make_token_request(const PartnerCenterSettings& settings, const Form& form);

struct TokenAnswer {
    Secret access_token;
    Secret refresh_token; ///< empty: the old one stays
    std::chrono::seconds expires_in{0};
};

/// Numbers may come as strings (v1 endpoint). What is neither a usable token nor a documented error
/// becomes a `SignInRefusal` without `error`. `secrets` are blotted out of descriptions.
std::variant<TokenAnswer, SignInRefusal>
read_token_answer(const HttpResponse& response, const std::vector<std::string>& secrets);

} // namespace pcmirror
