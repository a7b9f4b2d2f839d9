#pragma once

#include "schema/operation.hpp"

namespace pcmirror::operations {

inline constexpr PayloadField create_customer_fields[] = {
    {Need::required, "company_profile", FieldType::object, "who the customer is"},
    {Need::required,
     "company_profile.domain",
     FieldType::text,
     "domain to create, such as contoso.onmicrosoft.com; it must be free"},
    {Need::optional,
     "company_profile.organization_registration_number",
     FieldType::text,
     "registration number; some countries require it"},
    {Need::required, "billing_profile", FieldType::object, "who pays"},
    {Need::required, "billing_profile.email", FieldType::text, "e-mail address"},
    {Need::required, "billing_profile.culture", FieldType::text, "such as en-US"},
    {Need::required, "billing_profile.language", FieldType::text, "two letters"},
    {Need::required, "billing_profile.company_name", FieldType::text, "name of the company"},
    {Need::optional, "billing_profile.first_name", FieldType::text, "first name of the contact"},
    {Need::optional, "billing_profile.last_name", FieldType::text, "last name of the contact"},
    {Need::required, "billing_profile.default_address", FieldType::object, "address"},
    {Need::required, "billing_profile.default_address.country", FieldType::text, "two letters"},
    {Need::required, "billing_profile.default_address.city", FieldType::text, "city"},
    {Need::required, "billing_profile.default_address.address_line1", FieldType::text, "street"},
    {Need::optional, "billing_profile.default_address.address_line2", FieldType::text, "its rest"},
    {Need::optional, "billing_profile.default_address.state", FieldType::text, "state, if any"},
    {Need::optional, "billing_profile.default_address.region", FieldType::text, "region, if any"},
    {Need::required, "billing_profile.default_address.postal_code", FieldType::text, "postal code"},
    {Need::required, "billing_profile.default_address.first_name", FieldType::text, "first name"},
    {Need::optional, "billing_profile.default_address.middle_name", FieldType::text, "middle name"},
    {Need::required, "billing_profile.default_address.last_name", FieldType::text, "last name"},
    {Need::optional,
     "billing_profile.default_address.phone_number",
     FieldType::text,
     "phone number; some countries require it"},
    {.name = "associated_partner_id",
     .type = FieldType::guid,
     .comment = "tenant of the indirect reseller that the customer belongs to",
     .wants_user = true},
    {Need::optional,
     "enable_gdap_by_default",
     FieldType::boolean,
     "whether a granular admin relationship is made",
     FieldPlace::body,
     "/enableGDAPByDefault"},
};

inline constexpr std::string_view create_customer_secrets[] = {"/userCredentials/password"};
// The answer leaves out the company's name; until the customer can be read it is better than
// nothing.
inline constexpr Refresh create_customer_refreshes[] = {
    {"customers", Refresh::How::answer}, {"customers", Refresh::How::item}};

inline constexpr Operation create_customer = {
    .name = "create_customer",
    .comment = "creates a tenant, its first administrator and the reseller relationship",
    .method = "POST",
    .path = "/v1/customers",
    .per_customer = false,
    .fields = create_customer_fields,
    .fixed = R"({"attributes":{"objectType":"Customer"}})",
    .sign_in = SignIn::app,
    .look = Look::customer,
    .settle_time = std::chrono::minutes(5),
    .refreshes = create_customer_refreshes,
    .secret_answers = create_customer_secrets,
    .only_in_answer = "/userCredentials/password",
    .source = "create-a-customer",
};

inline constexpr Refresh remove_reseller_relationship_refreshes[] = {
    {"customers", Refresh::How::gone}};

inline constexpr Operation remove_reseller_relationship = {
    .name = "remove_reseller_relationship",
    .comment = "ends the relationship; all subscriptions must be suspended or cancelled first, and "
               "the customer then leaves the mirror",
    .method = "PATCH",
    .path = "/v1/customers/{customer_id}",
    .body = Body::none,
    .fixed = R"({"relationshipToPartner":"none","attributes":{"objectType":"Customer"}})",
    .sign_in = SignIn::user,
    .look = Look::relationship,
    .settle_time = std::chrono::minutes(1),
    .refreshes = remove_reseller_relationship_refreshes,
    .source = "remove-a-reseller-relationship-with-a-customer",
};

inline constexpr std::string_view authentication_types[] = {"managed", "federated"};
inline constexpr std::string_view capabilities[] = {
    "none",
    "email",
    "sharepoint",
    "office_communications_online",
    "sharepoint_default",
    "full_redelegation",
    "share_point_public",
    "org_id_authentication",
    "yammer",
    "intune",
    "all"};
inline constexpr std::string_view domain_statuses[] = {
    "unverified", "verified", "pending_deletion"};
inline constexpr std::string_view verification_methods[] = {"none", "dns_record", "email"};
inline constexpr std::string_view authentication_protocols[] = {"ws_fed", "samlp"};
inline constexpr std::string_view login_behaviors[] = {
    "translate_to_fresh_password_auth", "native_support", "disabled"};

inline constexpr PayloadField add_verified_domain_fields[] = {
    {Need::required, "verified_domain_name", FieldType::text, "the domain"},
    {Need::required, "domain", FieldType::object, "how it is used"},
    {Need::required, "domain.name", FieldType::text, "the domain, once more"},
    {Need::required,
     "domain.authentication_type",
     FieldType::text,
     "managed or federated",
     FieldPlace::body,
     {},
     authentication_types},
    {Need::required,
     "domain.capability",
     FieldType::text,
     "service that uses it",
     FieldPlace::body,
     {},
     capabilities},
    {Need::required,
     "domain.status",
     FieldType::text,
     "verified: the registrar vouches for it",
     FieldPlace::body,
     {},
     domain_statuses},
    {Need::required,
     "domain.verification_method",
     FieldType::text,
     "how it was verified",
     FieldPlace::body,
     {},
     verification_methods},
    {Need::optional, "domain.is_default", FieldType::boolean, "whether it is the default domain"},
    {Need::optional, "domain.is_initial", FieldType::boolean, "whether it is the first domain"},
    {Need::optional, "domain.root_domain", FieldType::text, "the domain that it is part of"},
    {Need::optional,
     "domain_federation_settings",
     FieldType::object,
     "of a federated domain: who signs its users in"},
    {Need::required, "domain_federation_settings.issuer_uri", FieldType::text, "issuer"},
    {Need::required, "domain_federation_settings.log_off_uri", FieldType::text, "sign-out"},
    {Need::required, "domain_federation_settings.passive_log_on_uri", FieldType::text, "sign-in"},
    {Need::required,
     "domain_federation_settings.signing_certificate",
     FieldType::text,
     "certificate, base64"},
    {Need::required,
     "domain_federation_settings.preferred_authentication_protocol",
     FieldType::text,
     "ws_fed or samlp",
     FieldPlace::body,
     {},
     authentication_protocols},
    {Need::required,
     "domain_federation_settings.prompt_login_behavior",
     FieldType::text,
     "what a prompt for sign-in becomes",
     FieldPlace::body,
     {},
     login_behaviors},
    {Need::optional,
     "domain_federation_settings.active_log_on_uri",
     FieldType::text,
     "active "
     "sign-in"},
    {Need::optional,
     "domain_federation_settings.default_interactive_authentication_method",
     FieldType::text,
     "method of interactive sign-in"},
    {Need::optional,
     "domain_federation_settings.federation_brand_name",
     FieldType::text,
     "name that is shown"},
    {Need::optional,
     "domain_federation_settings.metadata_exchange_uri",
     FieldType::text,
     "metadata"},
    {Need::optional,
     "domain_federation_settings.next_signing_certificate",
     FieldType::text,
     "certificate that follows, base64"},
    {Need::optional,
     "domain_federation_settings.open_id_connect_discovery_endpoint",
     FieldType::text,
     "discovery document"},
    {Need::optional,
     "domain_federation_settings.supports_mfa",
     FieldType::boolean,
     "whether it asks for a second factor"},
};

inline constexpr Operation add_verified_domain = {
    .name = "add_verified_domain",
    .comment = "adds a domain that a registrar has verified",
    .method = "POST",
    .path = "/v1/customers/{customer_id}/verifieddomain",
    .fields = add_verified_domain_fields,
    .sign_in = SignIn::app,
    .look = Look::custom_domain,
    .settle_time = std::chrono::minutes(2),
    .source = "add-a-verified-domain-for-a-customer",
};

} // namespace pcmirror::operations
