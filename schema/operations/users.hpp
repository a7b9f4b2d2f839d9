#pragma once

#include "schema/operation.hpp"

namespace pcmirror::operations {

/// Which user; by name where it may not exist yet when the job is queued.
inline constexpr PayloadField user_id_field{
    .need = Need::required,
    .name = "user_id",
    .type = FieldType::guid,
    .comment = "the user",
    .place = FieldPlace::path,
    .or_field = "user_principal_name"};
inline constexpr PayloadField user_name_field{
    Need::optional,
    "user_principal_name",
    FieldType::text,
    "the user, where user_id is not known yet",
    FieldPlace::instead};
inline constexpr PayloadField password_field{
    .need = Need::required,
    .name = "password",
    .type = FieldType::text,
    .comment = "password to sign in with",
    .member = "/passwordProfile/password",
    .secret = true};
inline constexpr PayloadField force_change_field{
    .need = Need::optional,
    .name = "force_change_password",
    .type = FieldType::boolean,
    .comment = "whether the user has to choose another one at once",
    .member = "/passwordProfile/forceChangePassword"};

inline constexpr std::string_view user_item = "/v1/customers/{customer_id}/users/{user_id}";
inline constexpr std::string_view of_user = R"({"attributes":{"objectType":"CustomerUser"}})";
inline constexpr std::string_view password_answers[] = {"/passwordProfile/password"};
inline constexpr Refresh user_refreshes[] = {{"users", Refresh::How::answer}};
inline constexpr Refresh user_read_refreshes[] = {
    {"users", Refresh::How::item}, {"user_licenses", Refresh::How::rows}};

inline constexpr PayloadField create_user_fields[] = {
    {Need::required,
     "user_principal_name",
     FieldType::text,
     "name to sign in with, in a domain of the customer"},
    {Need::required, "display_name", FieldType::text, "name as it is shown"},
    {Need::required, "usage_location", FieldType::text, "country of use, two letters"},
    password_field,
    {Need::optional, "first_name", FieldType::text, "first name"},
    {Need::optional, "last_name", FieldType::text, "last name"},
    force_change_field,
    {Need::optional, "immutable_id", FieldType::text, "id in the customer's own directory"},
    {Need::optional, "phone_number", FieldType::text, "phone number"},
};

inline constexpr Operation create_user = {
    .name = "create_user",
    .comment = "creates a user account",
    .method = "POST",
    .path = "/v1/customers/{customer_id}/users",
    .fields = create_user_fields,
    .fixed = of_user,
    .look = Look::user,
    .settle_time = std::chrono::minutes(2),
    .refreshes = user_refreshes,
    .secret_answers = password_answers,
    .source = "create-user-accounts-for-a-customer",
};

inline constexpr PayloadField update_user_fields[] = {
    user_id_field,
    {Need::one_of, "display_name", FieldType::text, "name as it is shown"},
    {Need::one_of, "first_name", FieldType::text, "first name"},
    {Need::one_of, "last_name", FieldType::text, "last name"},
    {Need::one_of, "usage_location", FieldType::text, "country of use, two letters"},
    {Need::one_of,
     "user_principal_name",
     FieldType::text,
     "name to sign in with; without user_id: the user"},
};

inline constexpr Operation update_user = {
    .name = "update_user",
    .comment = "changes a user account",
    .method = "PATCH",
    .path = user_item,
    .fields = update_user_fields,
    .fixed = of_user,
    .item_path = user_item,
    .refreshes = user_refreshes,
    .secret_answers = password_answers,
    .source = "update-user-accounts-for-a-customer",
};

inline constexpr PayloadField one_user_fields[] = {user_id_field, user_name_field};

inline constexpr Operation delete_user = {
    .name = "delete_user",
    .comment = "deletes a user account; it can be restored for 30 days",
    .method = "DELETE",
    .path = user_item,
    .fields = one_user_fields,
    .body = Body::none,
    .item_path = user_item,
    .look = Look::item_gone,
    .refreshes = user_read_refreshes,
    .source = "delete-a-user-account-for-a-customer",
};

inline constexpr Operation restore_user = {
    .name = "restore_user",
    .comment = "restores a deleted user account",
    .method = "PATCH",
    .path = user_item,
    .fields = one_user_fields,
    .body = Body::none,
    .fixed = R"({"state":"active","attributes":{"objectType":"CustomerUser"}})",
    .item_path = user_item,
    .refreshes = user_read_refreshes,
    .secret_answers = password_answers,
    .source = "restore-a-user-for-a-customer",
};

inline constexpr PayloadField reset_user_password_fields[] = {
    user_id_field, user_name_field, password_field, force_change_field};

inline constexpr Operation reset_user_password = {
    .name = "reset_user_password",
    .comment = "sets another password",
    .method = "PATCH",
    .path = "/v1/customers/{customer_id}/users/{user_id}/resetpassword",
    .or_path = user_item,
    .fields = reset_user_password_fields,
    .fixed = of_user,
    .item_path = user_item,
    .secret_answers = password_answers,
    .source = "reset-user-password-for-a-customer",
};

inline constexpr std::string_view member_copied[] = {"/id", "/displayName", "/userPrincipalName"};

inline constexpr PayloadField user_role_fields[] = {
    {Need::required, "role_id", FieldType::guid, "the role", FieldPlace::path},
    user_id_field,
    user_name_field,
};

inline constexpr Operation add_user_role = {
    .name = "add_user_role",
    .comment = "gives a user a role in the customer's directory",
    .method = "POST",
    .path = "/v1/customers/{customer_id}/directoryroles/{role_id}/usermembers",
    .fields = user_role_fields,
    .fixed = R"({"attributes":{"objectType":"UserMember"}})",
    .copied = member_copied,
    .item_path = user_item,
    .look = Look::role_member,
    .settle_time = std::chrono::minutes(2),
    .source = "set-user-roles-for-a-customer",
};

inline constexpr Operation remove_user_role = {
    .name = "remove_user_role",
    .comment = "takes a role from a user",
    .method = "DELETE",
    .path = "/v1/customers/{customer_id}/directoryroles/{role_id}/usermembers/{user_id}",
    .fields = user_role_fields,
    .body = Body::none,
    .source = "remove-a-customer-user-from-a-role",
};

inline constexpr PayloadField assign_licenses_fields[] = {
    user_id_field,
    user_name_field,
    {Need::one_of, "licenses_to_assign", FieldType::list, "products to assign"},
    {Need::required, "licenses_to_assign[].sku_id", FieldType::text, "product (SKU)"},
    {Need::optional,
     "licenses_to_assign[].excluded_plans",
     FieldType::text_list,
     "service plans that stay off"},
    {Need::one_of, "licenses_to_remove", FieldType::text_list, "products (SKUs) to take away"},
};

inline constexpr Refresh assign_licenses_refreshes[] = {
    {"user_licenses", Refresh::How::rows}, {"subscribed_skus", Refresh::How::due}};

inline constexpr Operation assign_licenses = {
    .name = "assign_licenses",
    .comment = "assigns licenses to a user, and takes others away",
    .method = "POST",
    .path = "/v1/customers/{customer_id}/users/{user_id}/licenseupdates",
    .fields = assign_licenses_fields,
    .fixed = R"({"attributes":{"objectType":"LicenseUpdate"}})",
    .refreshes = assign_licenses_refreshes,
    .inner_warnings = "/licenseWarnings",
    .source = "assign-licenses-to-a-user",
};

} // namespace pcmirror::operations
