#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/render.hpp"

#include <cstdint>
#include <string>

namespace pcmirror::simulator {

inline constexpr std::string_view subscription_statuses[] = {
    "none", "active", "suspended", "deleted", "expired", "pending", "disabled"};
inline constexpr std::string_view billing_types[] = {"none", "usage", "license", "benefit"};
inline constexpr std::string_view billing_cycles[] = {
    "unknown", "monthly", "annual", "none", "one_time", "triennial", "biennial"};
inline constexpr std::string_view contract_types[] = {
    "subscription", "product_key", "redemption_code"};

inline constexpr Field subscription_fields[] = {
    {"id", "subscription_id", Kind::text},
    {"offerId", "offer_id", Kind::text},
    {"entitlementId", "entitlement_id", Kind::text},
    {"offerName", "offer_name", Kind::text},
    {"friendlyName", "friendly_name", Kind::text},
    {"productType", "product_type", Kind::json},
    {"quantity", "quantity", Kind::integer},
    {"unitType", "unit_type", Kind::text},
    {"parentSubscriptionId", "parent_subscription_id", Kind::text},
    {"consumptionType", "consumption_type", Kind::text},
    {"creationDate", "creation_date", Kind::moment},
    {"effectiveStartDate", "effective_start_date", Kind::moment},
    {"commitmentEndDate", "commitment_end_date", Kind::moment},
    {"commitmentEndDateTime", "commitment_end_date_time", Kind::moment},
    {"billingCycleEndDate", "billing_cycle_end_date", Kind::moment},
    {"billingCycleEndDateTime", "billing_cycle_end_date_time", Kind::moment},
    {"cancellationAllowedUntilDate", "cancellation_allowed_until_date", Kind::moment},
    {"status", "status", Kind::enumeration, subscription_statuses},
    {"autoRenewEnabled", "auto_renew_enabled", Kind::boolean},
    {"hasPurchasableAddons", "has_purchasable_addons", Kind::boolean},
    {"isTrial", "is_trial", Kind::boolean},
    {"isMicrosoftProduct", "is_microsoft_product", Kind::boolean},
    {"billingType", "billing_type", Kind::enumeration, billing_types},
    {"billingCycle", "billing_cycle", Kind::enumeration, billing_cycles},
    {"termDuration", "term_duration", Kind::text},
    {"renewalTermDuration", "renewal_term_duration", Kind::text, {}, true},
    {"actions", "actions", Kind::texts},
    {"partnerId", "partner_id", Kind::text, {}, true},
    {"suspensionReasons", "suspension_reasons", Kind::texts},
    {"contractType", "contract_type", Kind::enumeration, contract_types},
    {"refundOptions", "refund_options", Kind::jsons},
    {"refundableQuantity", "refundable_quantity", Kind::json},
    {"promotionId", "promotion_id", Kind::text},
    {"migratedFromSubscriptionId", "migrated_from_subscription_id", Kind::text},
    {"publisherName", "publisher_name", Kind::text},
    {"orderId", "order_id", Kind::text},
    {"scheduledNextTermInstructions", "scheduled_next_term_instructions", Kind::json},
    {"nextChargeInstructions", "next_charge_instructions", Kind::json},
    {"attentionNeeded", "attention_needed", Kind::boolean},
    {"actionTaken", "action_taken", Kind::boolean},
    {"attributes/etag", "etag", Kind::text, {}, true},
};

/// The family of a customer's subscription ids (see `guid_of`).
std::uint64_t subscription_key(std::uint64_t seed, std::uint32_t customer);

std::string subscription_id(std::uint64_t seed, std::uint32_t customer, std::uint32_t index);

/// Subscription number `index` of a customer as the world was made.
Item make_subscription(std::uint64_t seed, std::uint32_t customer, std::uint32_t index);

/// Changes some members to other values that the API could send; returns their names.
std::string modify_subscription(Item& item, std::uint64_t random);

/// Legacy subscriptions carry an etag that counts their changes: the next one.
void renew_etag(Item& item);

Frame subscription_frame(const std::string& customer_id, const Item& item, bool of_listing);

} // namespace pcmirror::simulator
