#include "config/partner_center.hpp"

#include "config/checks.hpp"
#include "config/files.hpp"
#include "config/secret_file.hpp"
#include "schema/error.hpp"

#include <array>
#include <fmt/format.h>

namespace pcmirror {

namespace {

using Partner = PartnerCenterSettings;

struct Preset {
    Cloud cloud;
    const char* api_url;
    const char* login_url;
};

constexpr std::array presets = {
    Preset{
        Cloud::global,
        "https://api.partnercenter.microsoft.com",
        "https://login.microsoftonline.com"},
    Preset{
        Cloud::china,
        "https://partner.partnercenterapi.microsoftonline.cn",
        "https://login.partner.microsoftonline.cn"},
    Preset{
        Cloud::us_government,
        "https://api.partnercenter.microsoft.com",
        "https://login.microsoftonline.us"}};

/// The URLs are keys further down in the table, so that each may still be set.
void apply_preset(const Place&, Partner& settings) {
    for (const Preset& preset : presets) {
        if (preset.cloud != settings.cloud)
            continue;
        settings.api_url = preset.api_url;
        settings.login_url = preset.login_url;
        settings.resource = preset.api_url;
    }
}

Key<Partner> cloud_key() {
    const auto cloud = one_of<Cloud>(
        {{"global", Cloud::global},
         {"china", Cloud::china},
         {"us_government", Cloud::us_government}}
    );
    return then<Partner>(key<Partner>("cloud", &Partner::cloud, cloud), apply_preset);
}

/// A URL that the preset gives, unless the file has one.
Key<Partner> url_key(const char* name, std::string Partner::*member) {
    Value<std::string> url = text("an http or https URL, without query", check_url);
    url.read = [read = url.read](const Place& place) -> std::optional<std::string> {
        auto given = read(place);
        return given && given->empty() ? std::nullopt : given;
    };
    return key<Partner>(name, member, url);
}

constexpr std::array credential_names = {
    "client_secret", "client_secret_file", "client_certificate_file"};

constexpr std::string_view credential_rule =
    "one of client_secret, client_secret_file, client_certificate_file";

/// The entries that give a credential, in the order of the table.
std::vector<const Entry*> credentials_in(const TreeNode& section) {
    std::vector<const Entry*> given;
    for (const char* name : credential_names) {
        const Entry* entry = section.find(name);
        if (entry == nullptr || entry->value->kind == TreeNode::Kind::null)
            continue;
        const bool empty =
            entry->value->kind == TreeNode::Kind::scalar && entry->value->text.empty();
        if (!empty)
            given.push_back(entry);
    }
    return given;
}

Keys<Partner> place_keys() {
    const std::string tenant =
        "the partner's tenant: a GUID or a domain such as contoso.onmicrosoft.com";
    const auto client = text("the application's GUID", check_guid);
    return {
        cloud_key(),
        url_key("api_url", &Partner::api_url),
        url_key("login_url", &Partner::login_url),
        url_key("resource", &Partner::resource),
        needed(key<Partner>("tenant_id", &Partner::tenant_id, text(tenant, check_tenant))),
        needed(key<Partner>("client_id", &Partner::client_id, client))};
}

Keys<Partner> sign_in_keys() {
    const auto auth = one_of<Auth>(
        {{"app_user", Auth::app_user}, {"app_only", Auth::app_only}, {"auto", Auth::automatic}}
    );
    const auto itself = secret("the application's secret", check_nothing);
    const auto file = existing_file("a readable file with the secret", Content::secret);
    const auto certificate =
        existing_file("a readable PEM file with certificate and key", Content::certificate_and_key);
    const auto token = path_beside("a file that this user may write");
    return {
        key<Partner>("auth", &Partner::auth, auth),
        key<Partner>("client_secret", &Partner::client_secret, itself),
        key<Partner>("client_secret_file", &Partner::client_secret_file, file),
        key<Partner>("client_certificate_file", &Partner::client_certificate_file, certificate),
        key<Partner>("refresh_token_file", &Partner::refresh_token_file, token)};
}

Keys<Partner> connection_keys() {
    const auto authorities =
        existing_file("a readable PEM file with certificates", Content::certificate);
    const auto proxy = text("http://host:port", check_proxy);
    const auto budget = whole_number(0, 1'000'000);
    return {
        key<Partner>("tls_ca_file", &Partner::tls_ca_file, authorities),
        key<Partner>("proxy", &Partner::proxy, proxy),
        key<Partner>("concurrency", &Partner::concurrency, whole_number(1, 256)),
        key<Partner>("requests_per_minute", &Partner::requests_per_minute, budget),
        key<Partner>("request_timeout", &Partner::request_timeout, duration(Seconds(1))),
        key<Partner>("max_attempts", &Partner::max_attempts, whole_number(1, 20))};
}

} // namespace

Keys<PartnerCenterSettings> partner_center_keys() {
    Keys<Partner> keys = place_keys();
    for (const Keys<Partner>& more : {sign_in_keys(), connection_keys()})
        keys.insert(keys.end(), more.begin(), more.end());
    return keys;
}

void finish_partner_center(const Place& place, PartnerCenterSettings& settings) {
    const auto given = credentials_in(place.node);
    if (given.size() > 1) {
        const Entry& second = *given[1];
        place.below(second, std::string(credential_rule))
            .wrong(fmt::format("a second credential beside {}", given.front()->key));
    }
    if (given.empty() && settings.auth != Auth::app_user) {
        const Entry* auth = place.node.find("auth");
        place.below(*auth, std::string(credential_rule))
            .wrong(found(*auth->value) + " needs a credential of the application");
    }
    try {
        if (!settings.client_secret_file.empty())
            settings.client_secret = read_secret_file(settings.client_secret_file);
    } catch (const Error& error) {
        place.wrong(fmt::format("client_secret_file {}", error.what()), error.hint());
    }
}

} // namespace pcmirror
