#pragma once

#include "schema/operation.hpp"

namespace pcmirror::operations {

inline constexpr PayloadField update_billing_profile_fields[] = {
    {Need::one_of, "first_name", FieldType::text, "first name of the contact"},
    {Need::one_of, "last_name", FieldType::text, "last name of the contact"},
    {Need::one_of, "email", FieldType::text, "e-mail address"},
    {Need::one_of, "culture", FieldType::text, "such as en-US"},
    {Need::one_of, "language", FieldType::text, "two letters"},
    {Need::one_of, "company_name", FieldType::text, "name of the company"},
    {Need::one_of, "default_address", FieldType::object, "address; what is left out stays"},
    {Need::optional, "default_address.country", FieldType::text, "two letters"},
    {Need::optional, "default_address.region", FieldType::text, "region"},
    {Need::optional, "default_address.city", FieldType::text, "city"},
    {Need::optional, "default_address.state", FieldType::text, "state"},
    {Need::optional, "default_address.district", FieldType::text, "district"},
    {Need::optional, "default_address.address_line1", FieldType::text, "street"},
    {Need::optional, "default_address.address_line2", FieldType::text, "its rest"},
    {Need::optional, "default_address.address_line3", FieldType::text, "its rest"},
    {Need::optional, "default_address.postal_code", FieldType::text, "postal code"},
    {Need::optional, "default_address.first_name", FieldType::text, "first name"},
    {Need::optional, "default_address.middle_name", FieldType::text, "middle name"},
    {Need::optional, "default_address.last_name", FieldType::text, "last name"},
    {Need::optional, "default_address.phone_number", FieldType::text, "phone number"},
    {Need::optional, "default_address.email_address", FieldType::text, "e-mail address"},
};

inline constexpr Operation update_billing_profile = {
    .name = "update_billing_profile",
    .comment = "changes members of the billing profile; the others stay",
    .method = "PUT",
    .path = "/v1/customers/{customer_id}/profiles/billing",
    .fields = update_billing_profile_fields,
    .body = Body::whole,
    .item_path = "/v1/customers/{customer_id}/profiles/billing",
    .etag = Etag::required,
    .sign_in = SignIn::app,
    .source = "update-a-customer-s-billing-profile",
};

inline constexpr PayloadField update_spending_budget_fields[] = {
    {.need = Need::required,
     .name = "amount",
     .type = FieldType::decimal,
     .comment = "in the customer's currency; null removes the budget",
     .nullable = true},
};

inline constexpr Operation update_spending_budget = {
    .name = "update_spending_budget",
    .comment = "sets or removes the budget for usage-based subscriptions",
    .method = "PATCH",
    .path = "/v1/customers/{customer_id}/usagebudget",
    .fields = update_spending_budget_fields,
    .fixed = R"({"attributes":{"objectType":"SpendingBudget"}})",
    .item_path = "/v1/customers/{customer_id}/usagebudget",
    .sign_in = SignIn::app,
    .source = "update-a-customer-s-usage-spending-budget",
};

inline constexpr std::string_view qualifications[] = {
    "Education", "GovernmentCommunityCloud", "StateOwnedEntity"};
inline constexpr std::string_view education_segments[] = {"K12", "HigherEducation"};

inline constexpr PayloadField update_qualification_fields[] = {
    {Need::required,
     "qualification",
     FieldType::text,
     "Education, GovernmentCommunityCloud or StateOwnedEntity",
     FieldPlace::body,
     {},
     qualifications},
    {Need::optional,
     "education_segment",
     FieldType::text,
     "K12 or HigherEducation; for Education",
     FieldPlace::body,
     {},
     education_segments},
    {Need::optional, "website", FieldType::text, "website of the institution"},
    {Need::optional,
     "validation_code",
     FieldType::text,
     "code that Microsoft sent; for GovernmentCommunityCloud"},
};

inline constexpr Operation update_qualification = {
    .name = "update_qualification",
    .comment = "asks for a qualification, which may be vetted",
    .method = "POST",
    .path = "/v1/customers/{customer_id}/qualifications",
    .fields = update_qualification_fields,
    .look = Look::qualification,
    .settle_time = std::chrono::minutes(2),
    .source = "update-customer-qualification",
};

inline constexpr PayloadField confirm_customer_agreement_fields[] = {
    {Need::required, "template_id", FieldType::guid, "template, from the agreement metadata"},
    {Need::required, "type", FieldType::text, "such as MicrosoftCustomerAgreement"},
    {Need::required, "date_agreed", FieldType::timestamp, "when the customer agreed"},
    {Need::required, "primary_contact", FieldType::object, "who agreed"},
    {Need::required, "primary_contact.first_name", FieldType::text, "first name"},
    {Need::required, "primary_contact.last_name", FieldType::text, "last name"},
    {Need::required, "primary_contact.email", FieldType::text, "e-mail address"},
    {Need::optional, "primary_contact.phone_number", FieldType::text, "phone number"},
};

inline constexpr Operation confirm_customer_agreement = {
    .name = "confirm_customer_agreement",
    .comment = "confirms that the customer has accepted an agreement",
    .method = "POST",
    .path = "/v1/customers/{customer_id}/agreements",
    .fields = confirm_customer_agreement_fields,
    .look = Look::agreement,
    .settle_time = std::chrono::minutes(2),
    .source = "confirm-customer-agreement",
};

inline constexpr PayloadField create_self_serve_policy_fields[] = {
    {Need::required, "permissions", FieldType::list, "what the customer's users may do"},
    {Need::required,
     "permissions[].resource",
     FieldType::text,
     "AzureReservedInstances or AzureSavingsPlan"},
    {Need::required, "permissions[].action", FieldType::text, "Purchase"},
};

inline constexpr Operation create_self_serve_policy = {
    .name = "create_self_serve_policy",
    .comment = "lets a customer's users buy for themselves, on the partner's bill",
    .method = "POST",
    .path = "/v1/SelfServePolicy",
    .fields = create_self_serve_policy_fields,
    .fixed = R"({"selfServeEntity":{"selfServeEntityType":"customer","tenantID":"{customer_id}"},)"
             R"("grantor":{"grantorType":"billToPartner","tenantID":"{tenant_id}"}})",
    .look = Look::policy,
    .settle_time = std::chrono::minutes(2),
    .source = "create-a-self-serve-policy",
};

inline constexpr PayloadField policy_id_field = {
    .need = Need::required,
    .name = "policy_id",
    .comment = "the partner's tenant, an underscore, and the customer's",
    .place = FieldPlace::path,
    .of_customer = true};

inline constexpr PayloadField update_self_serve_policy_fields[] = {
    policy_id_field,
    {Need::required, "permissions", FieldType::list, "what the customer's users may do"},
    {Need::required,
     "permissions[].resource",
     FieldType::text,
     "AzureReservedInstances or AzureSavingsPlan"},
    {Need::required, "permissions[].action", FieldType::text, "Purchase"},
};

inline constexpr Operation update_self_serve_policy = {
    .name = "update_self_serve_policy",
    .comment = "replaces what a policy permits",
    .method = "PUT",
    .path = "/v1/SelfServePolicy/{policy_id}",
    .or_path = "/v1/SelfServePolicy",
    .fields = update_self_serve_policy_fields,
    .body = Body::whole,
    .item_path = "/v1/SelfServePolicy/{policy_id}",
    .etag = Etag::where_present,
    .source = "update-a-self-serve-policy",
};

inline constexpr PayloadField delete_self_serve_policy_fields[] = {
    policy_id_field,
};

inline constexpr Operation delete_self_serve_policy = {
    .name = "delete_self_serve_policy",
    .comment = "deletes a policy: the customer's users may no longer buy",
    .method = "DELETE",
    .path = "/v1/SelfServePolicy/{policy_id}",
    .fields = delete_self_serve_policy_fields,
    .body = Body::none,
    .item_path = "/v1/SelfServePolicy/{policy_id}",
    .look = Look::item_gone,
    .settle_time = std::chrono::seconds(0),
    .source = "delete-a-self-serve-policy",
};

} // namespace pcmirror::operations
