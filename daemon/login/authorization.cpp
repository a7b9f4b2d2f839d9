#include "daemon/login/authorization.hpp"

#include "daemon/login/proof_key.hpp"
#include "sync/http/base64url.hpp"
#include "sync/http/plain_text.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace pcmirror {

Authorization Authorization::to(std::string redirect_uri) {
    return {std::move(redirect_uri), new_nonce(), new_nonce()};
}

std::string Authorization::url(const PartnerCenterSettings& settings) const {
    const Form query = {
        {"client_id", settings.client_id},
        {"response_type", "code"},
        {"response_mode", "query"},
        {"redirect_uri", redirect_uri},
        {"resource", settings.resource},
        {"scope", "openid profile"},
        {"state", state},
        {"code_challenge", challenge_of(verifier)},
        {"code_challenge_method", "S256"},
        // The browser may be signed in as somebody else already.
        {"prompt", "select_account"}};
    return sign_in_url(settings, "authorize") + '?' + encode_form(query);
}

Form Authorization::grant(const Secret& code) const {
    return {
        {"grant_type", "authorization_code"},
        {"code", code.reveal()},
        {"redirect_uri", redirect_uri},
        {"code_verifier", verifier},
        {"scope", "openid"}};
}

Back read_back(const WebFields& fields, const std::string& state) {
    const auto code = find_field(fields, "code");
    const auto error = find_field(fields, "error");
    if (!code && !error)
        return NothingBack{};
    if (!is_same_nonce(find_field(fields, "state").value_or(""), state))
        return ForeignBack{};
    if (error)
        return make_sign_in_refusal(
            *error, find_field(fields, "error_description").value_or(std::string_view())
        );
    return Secret(std::string(*code));
}

std::string user_in(const Secret& id_token) {
    constexpr std::size_t longest_name = 200;
    const std::string& text = id_token.reveal();
    const std::size_t begin = text.find('.') + 1;
    const auto payload = read_base64url(text.substr(begin, text.find('.', begin) - begin));
    const auto claims = nlohmann::json::parse(payload.value_or(""), nullptr, false);
    if (!claims.is_object())
        return {};
    for (const char* name : {"upn", "unique_name", "preferred_username", "email", "name"})
        if (const auto claim = claims.find(name); claim != claims.end() && claim->is_string())
            return one_line(claim->get<std::string>(), longest_name);
    return {};
}

} // namespace pcmirror
