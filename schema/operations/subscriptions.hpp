#pragma once

#include "schema/operation.hpp"

namespace pcmirror::operations {

inline constexpr std::string_view settable_statuses[] = {"active", "suspended", "deleted"};
inline constexpr std::string_view billing_cycles[] = {
    "monthly", "annual", "none", "one_time", "triennial", "biennial"};

inline constexpr PayloadField update_subscription_fields[] = {
    {Need::required, "subscription_id", FieldType::text, "the subscription", FieldPlace::path},
    {Need::one_of, "friendly_name", FieldType::text, "name as the customer sees it"},
    {.need = Need::one_of,
     .name = "quantity",
     .type = FieldType::integer,
     .comment = "seats",
     .spends = {Spends::When::always}},
    {.need = Need::one_of,
     .name = "status",
     .type = FieldType::text,
     .comment = "suspended, active, or deleted: cancelled",
     .values = settable_statuses,
     .spends = {Spends::When::value, R"("active")"}},
    {.need = Need::one_of,
     .name = "auto_renew_enabled",
     .type = FieldType::boolean,
     .comment = "whether it goes on at the end of its term",
     .spends = {Spends::When::value, "true"}},
    {.need = Need::one_of,
     .name = "partner_id",
     .type = FieldType::text,
     .comment = "MPN id of the indirect reseller; null removes it",
     .nullable = true},
    {.need = Need::one_of,
     .name = "billing_cycle",
     .type = FieldType::text,
     .comment = "monthly, annual, ...",
     .values = billing_cycles,
     .spends = {Spends::When::always}},
    {.need = Need::one_of,
     .name = "scheduled_next_term_instructions",
     .type = FieldType::json,
     .comment = "what changes at renewal: product, quantity, custom_term_end_date; null takes it "
                "back",
     .nullable = true,
     .spends = {Spends::When::always}},
};

inline constexpr Refresh update_subscription_refreshes[] = {
    {"subscriptions", Refresh::How::answer}};

inline constexpr Operation update_subscription = {
    .name = "update_subscription",
    .comment = "changes a subscription: it is read, changed and sent back as a whole",
    .method = "PATCH",
    .path = "/v1/customers/{customer_id}/subscriptions/{subscription_id}",
    .fields = update_subscription_fields,
    .body = Body::whole,
    .item_path = "/v1/customers/{customer_id}/subscriptions/{subscription_id}",
    .etag = Etag::where_present,
    .sign_in = SignIn::app,
    .refreshes = update_subscription_refreshes,
    .source = "update-a-subscription-by-customer",
};

inline constexpr PayloadField update_order_billing_cycle_fields[] = {
    {Need::required, "order_id", FieldType::text, "the order", FieldPlace::path},
    {Need::required,
     "billing_cycle",
     FieldType::text,
     "monthly, annual, ...",
     FieldPlace::body,
     {},
     billing_cycles},
};

inline constexpr Refresh update_order_billing_cycle_refreshes[] = {
    {"subscriptions",
     Refresh::How::listed,
     "/v1/customers/{customer_id}/subscriptions?order_id={order_id}"}};

inline constexpr Operation update_order_billing_cycle = {
    .name = "update_order_billing_cycle",
    .comment = "changes how often an order of the old commerce is billed",
    .method = "PATCH",
    .path = "/v1/customers/{customer_id}/orders/{order_id}",
    .fields = update_order_billing_cycle_fields,
    .body = Body::whole,
    .item_path = "/v1/customers/{customer_id}/orders/{order_id}",
    .etag = Etag::where_present,
    .sign_in = SignIn::app,
    .refreshes = update_order_billing_cycle_refreshes,
    .spends = true,
    .source = "update-the-billing-cycle-of-an-order",
};

} // namespace pcmirror::operations
